using System.Collections.Immutable;
using MetalSharp.Announcement;
using MetalSharp.Configuration;
using MetalSharp.Kubernetes;
using MetalSharp.Kubernetes.Models;
using MetalSharp.Membership;
using MetalSharp.Observability;
using Microsoft.Extensions.Logging;

namespace MetalSharp.Speaker;

/// <summary>
/// The speaker's one decision, made again whenever something changed: what this node announces. Snapshot, plan, difference, done.
/// While the API is away nothing changes but membership, and the last state of the cluster is decided with.
/// </summary>
internal sealed partial class SpeakerLoop
{
    // Nothing needs it, but a loop that turns now and then shows that it can.
    private static readonly TimeSpan LongestSleep = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan RestartAfter = TimeSpan.FromSeconds(1);

    private const string Protocol = "layer2";
    private const string Nobody = "nobody";

    private readonly NodeName _node;
    private readonly string _configSource;
    private readonly SpeakerStores _stores;
    private readonly HeartbeatLoop _heartbeats;
    private readonly Layer2Announcer _layer2;
    private readonly EventRecorder _events;
    private readonly Doorbell _doorbell;
    private readonly TimeProvider _time;
    private readonly LoopPulse _pulse;
    private readonly ILogger _logger;
    private readonly Gauge _announced;
    private readonly Counter _takeovers;
    private readonly MetricCell _updateErrors;
    private readonly Gauge _configLoaded;
    private readonly Gauge _configStale;
    private readonly ConfigurationInForce _configuration = new();
    private IReadOnlyCollection<Member>? _members;
    private AnnouncementPlan? _plan;
    private bool _isDecided;

    public SpeakerLoop(
        NodeName node, string configSource, SpeakerStores stores, HeartbeatLoop heartbeats, Layer2Announcer layer2, EventRecorder events,
        Doorbell doorbell, TimeProvider time, MetricRegistry metrics, Health health, ILogger logger)
    {
        (_node, _configSource, _stores, _heartbeats, _layer2, _events) = (node, configSource, stores, heartbeats, layer2, events);
        (_doorbell, _time, _logger) = (doorbell, time, logger);
        _pulse = health.AddLoop("speaker", 3 * LongestSleep);
        health.AddCondition("the first complete list of Services, EndpointSlices, Nodes, the ConfigMap and the speakers' pods", () => _stores.HaveSynced);
        health.AddCondition("a valid configuration", () => _configuration.Current is not null);
        health.AddCondition("membership to settle", () => _heartbeats.Live is not null);
        _announced = metrics.Gauge("metallb_speaker_announced", "Addresses of Services that this node announces.", "service", "protocol", "node", "ip");
        _takeovers = metrics.Counter("metalsharp_layer2_takeovers_total", "Addresses that moved to this node from another one.");
        _updateErrors = metrics.Counter("metallb_k8s_client_update_errors_total", "Changes after which deciding what to announce failed.").With();
        _configLoaded = metrics.Gauge("metallb_k8s_client_config_loaded_bool", "1 if a valid configuration is in force.");
        _configStale = metrics.Gauge("metallb_k8s_client_config_stale_bool", "1 if an older configuration is in force since the present one was refused.");
        _configLoaded.With().Set(0);
        _configStale.With().Set(0);
    }

    /// <summary>Runs until <paramref name="stop"/>.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        while (true)
        {
            try
            {
                await _doorbell.WaitAsync(LongestSleep, stop);
                Turn();
            }
            catch (Exception failure) when (!stop.IsCancellationRequested)
            {
                _updateErrors.Increment();
                LogFailed(_logger, failure);
                await Task.Delay(RestartAfter, _time, stop);
                _doorbell.Ring();
            }
        }
    }

    private void Turn()
    {
        _pulse.Turned();
        if (_stores.HasMembers && !ReferenceEquals(_stores.Members, _members))
        {
            _members = _stores.Members;
            _heartbeats.Know(_members);
        }

        if (!_stores.HaveSynced)
            return;
        if (_configuration.Offer(_stores.ConfigMap, _configSource, _stores.Services))
            TellOutcome(_configuration.Outcome);
        if (_configuration.Current is { } configuration && _heartbeats.Live is { } live)
            Decide(_stores.Snapshot(configuration, live));
    }

    private void Decide(ClusterSnapshot snapshot)
    {
        var before = _plan;
        var plan = AnnouncementPlan.For(snapshot, _node, before);
        // First the network: everything else can wait.
        if (before is null || !before.Layer2Addresses.SetEquals(plan.Layer2Addresses))
            _layer2.Announce(plan.Layer2Addresses.ToImmutableHashSet());
        _plan = plan;
        if (!_isDecided)
        {
            _isDecided = true;
            _heartbeats.BeReady();
        }

        foreach (var change in AnnouncementChange.Between(before, plan, service => _stores.Find(service) is not null))
            Tell(change);
    }

    private void Tell(AnnouncementChange change)
    {
        var labels = (Service: change.Service.ToString(), Address: change.Address.ToString());
        switch (change)
        {
            case AnnouncementChange.Announced announced:
                _announced.With(labels.Service, Protocol, _node.Value, labels.Address).Set(1);
                if (announced.IsTakeover)
                    _takeovers.With().Increment();
                LogAnnounced(
                    _logger, labels.Address, labels.Service, announced.Pool, Protocol,
                    announced.Before?.Value ?? Nobody, announced.Because?.LogName() ?? "new");
                if (announced.IsFirst && _stores.Find(announced.Service) is { } service)
                {
                    _events.Record(
                        V1ObjectReference.To(ResourceKinds.Services, service), EventType.Normal, "nodeAssigned", "Announce",
                        $"announcing from node \"{_node}\" with protocol \"{Protocol}\"");
                }

                break;
            case AnnouncementChange.Withdrawn withdrawn:
                _announced.Remove(labels.Service, Protocol, _node.Value, labels.Address);
                LogWithdrawn(_logger, labels.Address, labels.Service, Protocol, withdrawn.Reason.LogName(), withdrawn.Next?.Value ?? Nobody);
                break;
        }
    }

    private void TellOutcome(ConfigurationOutcome outcome)
    {
        var inForce = _configuration.Current is not null;
        _configLoaded.With().Set(inForce ? 1 : 0);
        _configStale.With().Set(outcome is not ConfigurationOutcome.Loaded ? 1 : 0);
        var keeping = inForce ? "the last good configuration stays in force" : "nothing is announced until it is mended";
        switch (outcome)
        {
            case ConfigurationOutcome.Loaded loaded:
                LogConfigLoaded(_logger, _configSource, loaded.Configuration.Pools.Count);
                break;
            case ConfigurationOutcome.Absent:
                LogNoConfig(_logger, _configSource, keeping);
                break;
            case ConfigurationOutcome.Invalid invalid:
                foreach (var error in invalid.Errors)
                    LogConfigError(_logger, error.ToString());
                LogConfigStale(_logger, _configSource, $"it has {invalid.Errors.Count} errors", keeping);
                break;
            case ConfigurationOutcome.TakesAddressesAway robbing:
                LogConfigStale(_logger, _configSource, $"it has no pool for addresses that are in use by {string.Join(", ", robbing.Services)}", keeping);
                break;
        }
    }

    [LoggerMessage(EventName = "serviceAnnounced", Level = LogLevel.Information, Message = "announcing {Ip} of {Service} from pool {Pool} with protocol {Protocol}; so far: {PreviousNode} ({Reason})")]
    private static partial void LogAnnounced(ILogger logger, string ip, string service, PoolName pool, string protocol, string previousNode, string reason);

    [LoggerMessage(EventName = "serviceWithdrawn", Level = LogLevel.Information, Message = "not announcing {Ip} of {Service} with protocol {Protocol} any more: {Reason}; from now on: {NextNode}")]
    private static partial void LogWithdrawn(ILogger logger, string ip, string service, string protocol, string reason, string nextNode);

    [LoggerMessage(EventName = "configLoaded", Level = LogLevel.Information, Message = "the configuration of {ConfigMap} is in force: {Pools} pools")]
    private static partial void LogConfigLoaded(ILogger logger, string configMap, int pools);

    [LoggerMessage(EventName = "noConfig", Level = LogLevel.Warning, Message = "there is no ConfigMap {ConfigMap}: {Consequence}")]
    private static partial void LogNoConfig(ILogger logger, string configMap, string consequence);

    [LoggerMessage(EventName = "configError", Level = LogLevel.Error, Message = "{Error}")]
    private static partial void LogConfigError(ILogger logger, string error);

    [LoggerMessage(EventName = "configStale", Level = LogLevel.Error, Message = "the configuration of {ConfigMap} is refused, {Reason}: {Consequence}")]
    private static partial void LogConfigStale(ILogger logger, string configMap, string reason, string consequence);

    [LoggerMessage(EventName = "speakerFailed", Level = LogLevel.Error, Message = "deciding what to announce failed and is tried again in a second")]
    private static partial void LogFailed(ILogger logger, Exception failure);
}
