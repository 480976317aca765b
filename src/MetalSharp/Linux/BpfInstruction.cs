using System.Runtime.InteropServices;

namespace MetalSharp.Linux;

/// <summary>One instruction of the classic packet filter machine, as <c>struct sock_filter</c> lays it out.</summary>
/// <param name="Code">What it does.</param>
/// <param name="WhenTrue">Instructions to skip when a comparison holds.</param>
/// <param name="WhenFalse">Instructions to skip when it does not.</param>
/// <param name="Operand">The constant it works with.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct BpfInstruction(ushort Code, byte WhenTrue, byte WhenFalse, uint Operand)
{
    public const ushort LoadHalfWord = 0x28;
    public const ushort LoadWord = 0x20;
    public const ushort JumpIfEqual = 0x15;
    public const ushort JumpIfGreater = 0x25;
    public const ushort JumpIfAtLeast = 0x35;
    public const ushort ReturnConstant = 0x06;

    /// <summary>The frame goes to the socket, whole.</summary>
    public static readonly BpfInstruction Accept = new(ReturnConstant, 0, 0, uint.MaxValue);

    /// <summary>The frame goes nowhere.</summary>
    public static readonly BpfInstruction Drop = new(ReturnConstant, 0, 0, 0);
}
