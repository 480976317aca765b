using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using MetalSharp.Kubernetes;
using MetalSharp.Kubernetes.Models;
using Microsoft.Extensions.Logging;

namespace MetalSharp.Lab.Nodes;

/// <summary>What the kubelet needs around a pod.</summary>
/// <param name="Client">For the pods' status, with all rights.</param>
/// <param name="Program">The program that stands for the image metalsharp.</param>
/// <param name="AccountFolder">Gives the folder with a pod's service account files.</param>
/// <param name="LogFolder">Where the programs' output goes, a file for each pod.</param>
/// <param name="Server">The API server as the pods see it.</param>
internal sealed record KubeletSettings(
    KubernetesClient Client, string Program, Func<V1Pod, Task<string>> AccountFolder, string LogFolder, Uri Server, ILogger Logger);

/// <summary>One pod on its node, from its start until it is removed: sandbox, containers, restarts, readiness, status.</summary>
internal sealed partial class PodRun : IDisposable
{
    private static readonly TimeSpan LongestBackOff = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ProbeInterval = TimeSpan.FromMilliseconds(100);
    private static readonly HttpClient Probe = new(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.Zero }) { Timeout = TimeSpan.FromSeconds(1) };

    private readonly KubeletSettings _settings;
    private readonly LabNode _node;
    private readonly CancellationTokenSource _stop = new();
    private readonly Doorbell _released = new();
    private volatile Process? _process;
    private volatile bool _restartsHeld;
    private int _restarts;
    private bool? _reportedReady;

    /// <param name="ended">Called after nothing of the pod is left.</param>
    public PodRun(KubeletSettings settings, LabNode node, V1Pod pod, IPAddress? address, Action ended)
    {
        (_settings, _node, Pod, Address) = (settings, node, pod, address);
        Ended = RunAsync();
        Ended.GetAwaiter().OnCompleted(ended);
    }

    public V1Pod Pod { get; }

    /// <summary>The pod's own address; null where it shares its node's.</summary>
    public IPAddress? Address { get; }

    public LabNode Node => _node;

    /// <summary>Completes when nothing of the pod is left.</summary>
    public Task Ended { get; }

    /// <summary>The process of a pod of the program under test, while there is one.</summary>
    public Process? Process => _process is { HasExited: false } running ? running : null;

    public int Restarts => Volatile.Read(ref _restarts);

    public bool IsReady => _reportedReady == true;

    public string LogFile => Path.Combine(_settings.LogFolder, $"{Pod.Metadata.Namespace}_{Pod.Metadata.Name}.log");

    /// <summary>Keeps a program that ends from being started again until <see cref="ReleaseRestarts"/>, which then does so at once.</summary>
    public void HoldRestarts() => _restartsHeld = true;

    public void ReleaseRestarts()
    {
        _restartsHeld = false;
        _released.Ring();
    }

    /// <summary>Ends the pod as its deletion does: SIGTERM, its grace period, SIGKILL.</summary>
    public Task StopAsync()
    {
        _stop.Cancel();
        return Ended;
    }

    /// <summary>Only after <see cref="Ended"/>.</summary>
    public void Dispose() => _stop.Dispose();

    private async Task RunAsync()
    {
        await Task.Yield();
        PodSandbox? sandbox = null;
        try
        {
            sandbox = Address is null
                ? PodSandbox.OfNode(_node)
                : await PodSandbox.CreateAsync(_node, $"{Pod.Metadata.Namespace}.{Pod.Metadata.Name}", Address, _stop.Token);
            var spec = Pod.Spec!;
            if (spec.Containers.FirstOrDefault(ProgramContainer.IsProgram) is { } program)
            {
                await RunProgramAsync(program, sandbox);
                return;
            }
            await using var pages = PageServer.Start(sandbox.Namespace, sandbox.Address, Pod.Metadata.Name!, _node.Name, PagePorts(spec));
            await ReportAsync(sandbox, running: true, ready: true);
            await Task.Delay(Timeout.Infinite, _stop.Token);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
        }
        catch (Exception failure) when (failure is LabException or SocketException or KubernetesException)
        {
            LogPodFailed(_settings.Logger, Pod.Metadata.Namespace, Pod.Metadata.Name, failure.Message);
        }
        finally
        {
            await (sandbox?.RemoveAsync() ?? Task.CompletedTask).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static IEnumerable<(ProtocolType, int)> PagePorts(V1PodSpec spec)
    {
        var declared = spec.Containers.SelectMany(c => c.Ports ?? []).Where(p => p.Protocol is null or "TCP" or "UDP").ToList();
        return declared.Count == 0
            ? [(ProtocolType.Tcp, 80)]
            : declared.Select(p => (p.Protocol == "UDP" ? ProtocolType.Udp : ProtocolType.Tcp, p.ContainerPort)).Distinct();
    }

    private async Task RunProgramAsync(V1Container container, PodSandbox sandbox)
    {
        var account = await _settings.AccountFolder(Pod);
        var placed = Pod with
        {
            Status = new() { HostIP = _node.Host.Address.ToString(), PodIP = sandbox.Address.ToString() },
        };
        var backOff = TimeSpan.Zero;
        while (true)
        {
            using var process = ProgramContainer.Start(placed, container, sandbox, _settings.Program, account, LogFile, _settings.Server);
            _process = process;
            var started = Stopwatch.GetTimestamp();
            LogStarted(_settings.Logger, Pod.Metadata.Name, _node.Name, process.Id);
            try
            {
                await WatchAsync(process, container, sandbox);
            }
            finally
            {
                if (!process.HasExited)
                    await LeaveAsync(process);
                _process = null;
            }
            LogEnded(_settings.Logger, Pod.Metadata.Name, _node.Name, process.ExitCode);
            await ReportAsync(sandbox, running: false, ready: false);
            backOff = Stopwatch.GetElapsedTime(started) > LongestBackOff ? TimeSpan.Zero : backOff == TimeSpan.Zero ? TimeSpan.FromMilliseconds(500) : backOff * 2;
            if (!_restartsHeld)
                await Task.Delay(backOff < LongestBackOff ? backOff : LongestBackOff, _stop.Token);
            while (_restartsHeld)
                await _released.WaitAsync(_stop.Token);
            _restarts++;
        }
    }

    /// <summary>Until the process ends: is it ready?</summary>
    private async Task WatchAsync(Process process, V1Container container, PodSandbox sandbox)
    {
        var ended = process.WaitForExitAsync(_stop.Token);
        var probe = container.Ports is [var port, ..] ? new Uri($"http://{sandbox.Address}:{port.ContainerPort}/readyz") : null;
        await ReportAsync(sandbox, running: true, ready: probe is null);
        while (!ended.IsCompleted)
        {
            if (probe is not null && await IsReadyAsync(probe) is var ready && ready != IsReady && !process.HasExited)
                await ReportAsync(sandbox, running: true, ready);
            await Task.WhenAny(ended, Task.Delay(IsReady ? ProbeInterval * 10 : ProbeInterval, CancellationToken.None));
        }
        await ended;
    }

    private static async Task<bool> IsReadyAsync(Uri probe)
    {
        try
        {
            using var answer = await Probe.GetAsync(probe);
            return answer.IsSuccessStatusCode;
        }
        catch (Exception silent) when (silent is HttpRequestException or TaskCanceledException)
        {
            return false;
        }
    }

    private async Task LeaveAsync(Process process)
    {
        process.Send(Signal.Terminate);
        try
        {
            await process.WaitForExitAsync(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(Pod.Spec!.TerminationGracePeriodSeconds ?? 30));
        }
        catch (TimeoutException)
        {
            process.Send(Signal.Kill);
            await process.WaitForExitAsync(CancellationToken.None);
        }
    }

    private async Task ReportAsync(PodSandbox sandbox, bool running, bool ready)
    {
        _reportedReady = ready;
        if (_stop.IsCancellationRequested)
            return;
        var now = DateTimeOffset.UtcNow.ToString("yyyy-MM-ddTHH:mm:ssZ");
        JsonObject Condition(string type, bool holds) => new() { ["type"] = type, ["status"] = holds ? "True" : "False", ["lastTransitionTime"] = now };
        JsonObject ContainerState(V1Container container) => new()
        {
            ["name"] = container.Name,
            ["image"] = container.Image,
            ["imageID"] = "",
            ["ready"] = ready,
            ["started"] = running,
            ["restartCount"] = _restarts,
            ["state"] = running
                ? new JsonObject { ["running"] = new JsonObject { ["startedAt"] = now } }
                : new JsonObject { ["waiting"] = new JsonObject { ["reason"] = "CrashLoopBackOff" } },
        };
        var status = new JsonObject
        {
            ["phase"] = "Running",
            ["hostIP"] = _node.Host.Address.ToString(),
            ["podIP"] = sandbox.Address.ToString(),
            ["podIPs"] = new JsonArray(new JsonObject { ["ip"] = sandbox.Address.ToString() }),
            ["startTime"] = now,
            ["conditions"] = new JsonArray(
                Condition("PodScheduled", true), Condition("Initialized", true), Condition("ContainersReady", ready), Condition("Ready", ready)),
            ["containerStatuses"] = new JsonArray([.. Pod.Spec!.Containers.Select(ContainerState)]),
        };
        try
        {
            await _settings.Client.PatchAsync(ResourceKinds.Pods, Pod.Metadata.Namespace, Pod.Metadata.Name!,
                Patch.Merge(new() { ["status"] = status }), "status", _stop.Token);
        }
        catch (KubernetesException failure)
        {
            // A pod that is gone needs none; while the API is away the next change reports again.
            _reportedReady = null;
            LogNotReported(_settings.Logger, Pod.Metadata.Name, failure.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "pod {Pod} on {Node}: started as process {Process}")]
    private static partial void LogStarted(ILogger logger, string? pod, string node, int process);

    [LoggerMessage(Level = LogLevel.Information, Message = "pod {Pod} on {Node}: ended with exit code {ExitCode}")]
    private static partial void LogEnded(ILogger logger, string? pod, string node, int exitCode);

    [LoggerMessage(Level = LogLevel.Error, Message = "pod {Namespace}/{Pod} cannot run: {Reason}")]
    private static partial void LogPodFailed(ILogger logger, string? @namespace, string? pod, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "pod {Pod}: its status could not be written: {Reason}")]
    private static partial void LogNotReported(ILogger logger, string? pod, string reason);
}
