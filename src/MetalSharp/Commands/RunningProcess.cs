using System.Net.Sockets;
using MetalSharp.Kubernetes;
using MetalSharp.Linux;
using MetalSharp.Observability;
using Microsoft.Extensions.Logging;

namespace MetalSharp.Commands;

/// <summary>What controller and speaker have in common: logs, metrics, probes and an orderly end.</summary>
internal sealed partial class RunningProcess
{
    private const string UsualNamespace = "metalsharp-system";

    private RunningProcess(ClusterSettings settings, KubernetesClient client, ILoggerFactory logging, TimeProvider time, CancellationToken stop)
    {
        (Settings, Client, Logging, Time, Stop) = (settings, client, logging, time, stop);
        Namespace = settings.Namespace ?? client.Access.Namespace ?? UsualNamespace;
        Health = new Health(time);
    }

    public ClusterSettings Settings { get; }

    public KubernetesClient Client { get; }

    /// <summary>Where the ConfigMap, the Lease and the speakers' pods are.</summary>
    public string Namespace { get; }

    public ILoggerFactory Logging { get; }

    public TimeProvider Time { get; }

    public MetricRegistry Metrics { get; } = new();

    public Health Health { get; }

    /// <summary>Cancelled by SIGTERM or Ctrl-C.</summary>
    public CancellationToken Stop { get; }

    /// <summary>
    /// Runs <paramref name="work"/> beside the probes until it ends or the process is told to stop. The exit code is 0 after a stop,
    /// 1 with a line that says what to do when the process cannot work.
    /// </summary>
    public static async Task<int> RunAsync(string component, ClusterSettings settings, Func<RunningProcess, Task> work, CancellationToken stop)
    {
        var time = TimeProvider.System;
        using var output = Console.OpenStandardOutput();
        using var lines = new JsonLineLogging(output, time);
        // Not LoggerFactory.Create: the container behind it would stay in memory.
        using var logging = new LoggerFactory([lines], new LoggerFilterOptions { MinLevel = settings.LogLevel });
        var logger = logging.CreateLogger(component);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stop);
        try
        {
            using var client = new KubernetesClient(ClusterAccess.Load(settings.Kubeconfig), time, $"metalsharp-{component}/{Version}");
            var process = new RunningProcess(settings, client, logging, time, ended.Token);
            AddProcessMetrics(process.Metrics, component);
            using var server = new StatusServer(settings.Port, process.Health, process.Metrics, time, logger);
            LogStarted(logger, component, Version, server.Port);
            await UntilOneEndsAsync(work(process), server.RunAsync(ended.Token), ended);
            LogStopped(logger, component);
            return 0;
        }
        catch (SocketException failure) when (failure.SocketErrorCode is SocketError.AddressAlreadyInUse or SocketError.AccessDenied)
        {
            LogPortTaken(logger, settings.Port, failure.Message);
            return ExitCodes.Failed;
        }
        catch (ClusterAccessException failure)
        {
            LogNoAccess(logger, failure.Message);
            return ExitCodes.Failed;
        }
        catch (Exception failure) when (failure is CannotRunException or PacketAccessException)
        {
            LogCannotRun(logger, component, failure.Message);
            return ExitCodes.Failed;
        }
    }

    // Neither outlives the other, and the failure of either is not lost.
    private static async Task UntilOneEndsAsync(Task work, Task serving, CancellationTokenSource ended)
    {
        await Task.WhenAny(work, serving);
        await ended.CancelAsync();
        foreach (var task in (Task[])[work, serving])
        {
            try
            {
                await task;
            }
            catch (OperationCanceledException) when (ended.IsCancellationRequested)
            {
            }
        }
    }

    private static string Version => typeof(RunningProcess).Assembly.GetName().Version!.ToString(3);

    private static void AddProcessMetrics(MetricRegistry metrics, string component)
    {
        metrics.Gauge("metalsharp_build_info", "The running version; always 1.", "component", "version").With(component, Version).Set(1);
        metrics.ComputedGauge("process_resident_memory_bytes", "Resident memory size in bytes.", () => Environment.WorkingSet);
        var started = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        metrics.ComputedGauge("process_start_time_seconds", "Start time of the process since the Unix epoch in seconds.", () => started);
    }

    [LoggerMessage(EventName = "started", Level = LogLevel.Information, Message = "metalsharp {Component} {Version} started; health and metrics on port {Port}")]
    private static partial void LogStarted(ILogger logger, string component, string version, int port);

    [LoggerMessage(EventName = "stopped", Level = LogLevel.Information, Message = "metalsharp {Component} was told to stop and has stopped")]
    private static partial void LogStopped(ILogger logger, string component);

    [LoggerMessage(EventName = "noClusterAccess", Level = LogLevel.Error, Message = "no access to a cluster: {Reason}")]
    private static partial void LogNoAccess(ILogger logger, string reason);

    [LoggerMessage(EventName = "cannotRun", Level = LogLevel.Error, Message = "metalsharp {Component} cannot run: {Reason}")]
    private static partial void LogCannotRun(ILogger logger, string component, string reason);

    [LoggerMessage(EventName = "portTaken", Level = LogLevel.Error, Message = "port {Port} for health and metrics cannot be opened ({Reason}): choose another with --port, or stop the process that has it")]
    private static partial void LogPortTaken(ILogger logger, int port, string reason);
}
