using System.Runtime.InteropServices;

namespace MetalSharp.Linux;

/// <summary>The few calls of the C library that the runtime does not offer.</summary>
internal static partial class Libc
{
    public const int AddressFamilyNetlink = 16;
    public const int SocketTypeRaw = 3;
    public const int SocketCloseOnExec = 0x80000;
    public const int NetlinkRoute = 0;
    public const int InterruptedCall = 4;

    /// <summary>poll(2): the number of descriptors that have something, or -1.</summary>
    public static int Poll(Span<PollDescriptor> descriptors) => Poll(descriptors, (nuint)descriptors.Length, -1);

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    public static partial int Socket(int family, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "bind", SetLastError = true)]
    public static partial int Bind(SafeHandle socket, ReadOnlySpan<byte> address, int length);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int Poll(Span<PollDescriptor> descriptors, nuint count, int timeout);
}

/// <summary><c>struct pollfd</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct PollDescriptor
{
    public const short Readable = 1;

    public int Descriptor;
    public short Wanted;
    public short Seen;
}
