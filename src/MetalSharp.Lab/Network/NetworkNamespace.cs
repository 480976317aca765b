using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace MetalSharp.Lab.Network;

/// <summary>
/// A network namespace of the lab by the name `ip netns` knows it. Sockets for it are opened by this process itself, on a
/// thread that enters it for that long, so that pods and probes need no process of their own.
/// </summary>
internal sealed partial class NetworkNamespace(string name)
{
    private const int NetworkKind = 0x40000000;     // CLONE_NEWNET

    /// <summary>The namespace the lab itself was started in: the one the switches live in.</summary>
    public static NetworkNamespace Root { get; } = new("");

    public string Name { get; } = name;

    /// <summary>The command line that runs <paramref name="command"/> in here.</summary>
    public IReadOnlyList<string> Command(params IEnumerable<string> command) =>
        Name.Length == 0 ? [.. command] : ["ip", "netns", "exec", Name, .. command];

    /// <summary>One batch of `ip` lines, run in here by one process.</summary>
    public Task ConfigureAsync(IEnumerable<string> lines, CancellationToken stop = default) =>
        Tool.RunAsync(Name.Length == 0 ? ["ip", "-batch", "-"] : ["ip", "-n", Name, "-batch", "-"], string.Join('\n', lines) + "\n", stop: stop);

    /// <summary>Runs <paramref name="open"/> on a thread of its own that is inside this namespace; what it opens stays inside.</summary>
    public T Inside<T>(Func<T> open)
    {
        T? result = default;
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                Enter();
                result = open();
            }
            catch (Exception thrown)
            {
                failure = ExceptionDispatchInfo.Capture(thrown);
            }
        })
        { Name = $"netns {Name}", IsBackground = true };
        thread.Start();
        thread.Join();
        failure?.Throw();
        return result!;
    }

    /// <summary>Sets a key of /proc/sys/net, which shows each thread the values of the namespace it is in.</summary>
    public void Set(params IEnumerable<(string Key, string Value)> settings) => Inside(() =>
    {
        foreach (var (key, value) in settings)
            File.WriteAllText(Path.Combine("/proc/sys/net", key), value);
        return true;
    });

    /// <summary>The number of an interface of the namespace that the calling thread is in.</summary>
    public static int InterfaceIndex(string name) =>
        IndexOfInterface(name) is > 0 and var index ? (int)index : throw new LabException($"there is no interface {name}");

    private void Enter()
    {
        if (Name.Length == 0)
            return;
        using var handle = File.OpenHandle($"/run/netns/{Name}");
        if (SetNamespace(handle, NetworkKind) != 0)
            throw new LabException($"the namespace {Name} cannot be entered: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    [LibraryImport("libc", EntryPoint = "if_nametoindex", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial uint IndexOfInterface(string name);

    [LibraryImport("libc", EntryPoint = "setns", SetLastError = true)]
    private static partial int SetNamespace(SafeFileHandle handle, int kind);
}
