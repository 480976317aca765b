using System.Diagnostics;
using System.Runtime.InteropServices;

namespace MetalSharp.Interop.Tests.Lab;

internal enum Signal { Interrupt = 2, Terminate = 15 }

internal static partial class Signals
{
    public static void Send(this Process process, Signal signal) => SendSignal(process.Id, (int)signal);

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial void SendSignal(int process, int signal);
}
