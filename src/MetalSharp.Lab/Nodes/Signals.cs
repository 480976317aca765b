using System.Diagnostics;
using System.Runtime.InteropServices;

namespace MetalSharp.Lab.Nodes;

internal enum Signal { Kill = 9, Terminate = 15, Continue = 18, Stop = 19 }

/// <summary>Signals to processes of the lab.</summary>
internal static partial class Signals
{
    public static void Send(this Process process, Signal signal)
    {
        if (!process.HasExited)
            SendSignal(process.Id, (int)signal);
    }

    /// <summary>Only for process 1, whose signal to all reaches its own process namespace alone.</summary>
    public static void KillEverybodyElse()
    {
        if (Environment.ProcessId == 1)
            SendSignal(-1, (int)Signal.Kill);
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendSignal(int process, int signal);
}
