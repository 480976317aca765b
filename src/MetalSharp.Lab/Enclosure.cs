using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace MetalSharp.Lab;

/// <summary>
/// The outer half of a lab: it starts this same program again in user, mount, network and process namespaces of its own, and
/// stays outside as the lab's door (a port on 127.0.0.1) and its life line. The inner program is process 1 in there: when it
/// ends, the kernel ends everything else, and it ends when the pipe from here breaks, however we went.
/// </summary>
internal sealed class Enclosure : IDisposable
{
    private const string FolderVariable = "METALSHARP_LAB_FOLDER";
    private const string PortVariable = "METALSHARP_LAB_PORT";
    private static readonly TimeSpan TimeToLeave = TimeSpan.FromSeconds(10);

    private readonly FileStream _lock;
    private readonly Process _inner;
    private readonly SocketDoor _door;

    private Enclosure(IReadOnlyList<string> arguments)
    {
        RemoveDiagnosticsFiles();
        (Folder, _lock) = LabFolder.Create();
        _door = new(Folder.ApiSocket);
        // A session of its own: Ctrl-C is for the outer process, which then ends the lab in order.
        _inner = Tool.Start(["setsid", .. Unshare, .. Self, .. arguments], new Dictionary<string, string>
        {
            [FolderVariable] = Folder.Path,
            [PortVariable] = _door.Port.ToString(CultureInfo.InvariantCulture),
            // Process numbers repeat between namespaces: the runtimes' diagnostic sockets in /tmp would be each other's.
            ["DOTNET_EnableDiagnostics"] = "0",
        }, Tool.Streams.Input);
    }

    public LabFolder Folder { get; }

    public static IReadOnlyList<string> Unshare { get; } =
        ["unshare", "--user", "--map-root-user", "--net", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child", "--"];

    /// <summary>Inside: the folder and the outer port this lab was given. Outside: null.</summary>
    public static (LabFolder Folder, int Port)? Inner { get; } =
        Environment.GetEnvironmentVariable(FolderVariable) is { } folder
            ? (new(folder), int.Parse(Environment.GetEnvironmentVariable(PortVariable)!, CultureInfo.InvariantCulture))
            : null;

    private static string[] Self => Path.GetFileNameWithoutExtension(Environment.ProcessPath!) == "dotnet"
        ? [Environment.ProcessPath!, Environment.GetCommandLineArgs()[0]]
        : [Environment.ProcessPath!];

    /// <summary>Runs `metalsharp-lab ARGUMENTS` inside until it ends or <paramref name="stop"/>; gives its exit code.</summary>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, CancellationToken stop)
    {
        await Preconditions.CheckAsync(stop);
        using var enclosure = new Enclosure(arguments);
        return await enclosure.LiveAsync(stop);
    }

    /// <summary>The same for as long as <paramref name="visit"/> takes, which starts when the lab is up.</summary>
    public static async Task<int> VisitAsync(IReadOnlyList<string> arguments, Func<LabFolder, Task<int>> visit, CancellationToken stop)
    {
        await Preconditions.CheckAsync(stop);
        using var enclosure = new Enclosure(arguments);
        using var leave = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var life = enclosure.LiveAsync(leave.Token);
        await Task.WhenAny(life, enclosure.UpAsync(stop));
        if (life.IsCompleted)
            return await life;
        var answer = await visit(enclosure.Folder);
        await leave.CancelAsync();
        await life;
        return answer;
    }

    /// <summary>
    /// The runtime's diagnostics left files in the temporary folder when this process began, and would remove them at its end: but
    /// not when it is killed, after which nothing shall be left.
    /// </summary>
    private static void RemoveDiagnosticsFiles()
    {
        var started = File.ReadAllText("/proc/self/stat").Split(' ')[^31];
        var self = $"{Environment.ProcessId}-{started}";
        foreach (var file in (string[])[$"dotnet-diagnostic-{self}-socket", $"clr-debug-pipe-{self}-in", $"clr-debug-pipe-{self}-out"])
            File.Delete(Path.Combine(Path.GetTempPath(), file));
    }

    private async Task<int> LiveAsync(CancellationToken stop)
    {
        using var closing = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var door = _door.RunAsync(closing.Token);
        var announced = AnnounceInitAsync(closing.Token);
        try
        {
            await _inner.WaitForExitAsync(stop);
        }
        catch (OperationCanceledException)
        {
            _inner.StandardInput.Close();
            try
            {
                await _inner.WaitForExitAsync(CancellationToken.None).WaitAsync(TimeToLeave, CancellationToken.None);
            }
            catch (TimeoutException)
            {
                _inner.Kill();
                await _inner.WaitForExitAsync(CancellationToken.None);
            }
        }
        await closing.CancelAsync();
        await Task.WhenAll(door, announced).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return _inner.ExitCode;
    }

    private async Task UpAsync(CancellationToken stop)
    {
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (Folder.InitProcess is null && await tick.WaitForNextTickAsync(stop)) { }
    }

    /// <summary>Only out here is it known which number the host gave to the lab's process 1.</summary>
    private async Task AnnounceInitAsync(CancellationToken stop)
    {
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!File.Exists(Folder.ReadyFile) && await tick.WaitForNextTickAsync(stop)) { }
        var children = await File.ReadAllTextAsync($"/proc/{_inner.Id}/task/{_inner.Id}/children", stop);
        Folder.MarkUp(int.Parse(children.Split(' ')[0], CultureInfo.InvariantCulture));
    }

    public void Dispose()
    {
        if (!_inner.HasExited)
        {
            _inner.Kill();
            _inner.WaitForExit();
        }
        _inner.Dispose();
        _door.Dispose();
        Folder.Remove();
        _lock.Dispose();
    }

    /// <summary>Passes connections to a port on 127.0.0.1 on to a Unix socket: the only way through the lab's wall.</summary>
    private sealed class SocketDoor : IDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly string _target;

        public SocketDoor(string target)
        {
            _target = target;
            _listener.Start();
        }

        public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

        public async Task RunAsync(CancellationToken stop)
        {
            var visits = new HashSet<Task>();
            while (!stop.IsCancellationRequested)
            {
                var visitor = await _listener.AcceptSocketAsync(stop);
                visits.RemoveWhere(v => v.IsCompleted);
                visits.Add(PassAsync(visitor, stop));
            }
        }

        private async Task PassAsync(Socket visitor, CancellationToken stop)
        {
            using (visitor)
            using (var target = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
            {
                try
                {
                    await target.ConnectAsync(new UnixDomainSocketEndPoint(_target), stop);
                    visitor.NoDelay = true;
                    await Task.WhenAll(CopyAsync(visitor, target, stop), CopyAsync(target, visitor, stop));
                }
                catch (Exception gone) when (gone is SocketException or OperationCanceledException)
                {
                    // One of the two hung up, or the API server is not there: closing the visitor says so.
                }
            }
        }

        private static async Task CopyAsync(Socket from, Socket to, CancellationToken stop)
        {
            var buffer = new byte[16 * 1024];
            while (await from.ReceiveAsync(buffer, stop) is > 0 and var size)
                for (var sent = 0; sent < size;)
                    sent += await to.SendAsync(buffer.AsMemory(sent, size - sent), stop);
            to.Shutdown(SocketShutdown.Send);
        }

        public void Dispose() => _listener.Dispose();
    }
}
