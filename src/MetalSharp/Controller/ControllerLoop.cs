using MetalSharp.Allocation;
using MetalSharp.Configuration;
using MetalSharp.Kubernetes;
using MetalSharp.Kubernetes.Models;
using MetalSharp.Observability;
using MetalSharp.Resources;
using Microsoft.Extensions.Logging;

namespace MetalSharp.Controller;

/// <summary>Which objects a controller works on, and who it is.</summary>
/// <param name="Namespace">Where the ConfigMap and the Lease are.</param>
/// <param name="ConfigMap">The name of the ConfigMap.</param>
/// <param name="LoadBalancerClass">Null: Services without a class.</param>
/// <param name="Identity">Differs between all replicas.</param>
internal sealed record ControllerOptions(string Namespace, string ConfigMap, string? LoadBalancerClass, string Identity)
{
    public string ConfigMapName => $"{Namespace}/{ConfigMap}";

    /// <summary>A new leader is cheap and a Service that waits for an address is not, so the times are about half of what is usual.</summary>
    public LeaseElectionOptions Lease => new()
    {
        Namespace = Namespace,
        Name = "metalsharp-controller",
        Identity = Identity,
        LeaseDuration = TimeSpan.FromSeconds(8),
        RenewDeadline = TimeSpan.FromSeconds(5),
        RetryPeriod = TimeSpan.FromSeconds(1),
    };
}

/// <summary>
/// Gives Services their addresses: watches, decides while it leads, writes the difference. A replica that does not lead
/// follows the configuration, so that it knows the last good one when it takes over.
/// </summary>
internal sealed partial class ControllerLoop
{
    // The loop turns at least so often, which shows that it is alive.
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan TurnLimit = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan RestAfterFailure = TimeSpan.FromSeconds(1);

    private readonly KubernetesClient _client;
    private readonly ControllerOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly long _origin;
    private readonly Doorbell _bell;
    private readonly ServiceReader _reader;
    private readonly Informer<V1Service> _services;
    private readonly Informer<V1ConfigMap> _configMaps;
    private readonly EventRecorder _events;
    private readonly LeaseElection _election;
    private readonly ControllerMetrics _metrics;
    private readonly LoopPulse _pulse;
    private readonly ConfigurationInForce _configuration;
    private ConfigurationNews? _announced;
    private volatile Term? _term;

    public ControllerLoop(KubernetesClient client, ControllerOptions options, MetricRegistry metrics, Health health, TimeProvider time, ILogger logger)
    {
        (_client, _options, _time, _logger) = (client, options, time, logger);
        _origin = time.GetTimestamp();
        _bell = new(time);
        _reader = new(options.LoadBalancerClass);
        _services = new(client, ResourceKinds.Services, new(), _bell.Ring, time, logger, Trim);
        _configMaps = new(client, ResourceKinds.ConfigMaps, new() { Namespace = options.Namespace, FieldSelector = "metadata.name=" + options.ConfigMap }, _bell.Ring, time, logger);
        _events = new(client, "metalsharp.io/controller", options.Identity, time, logger);
        _election = new(client, options.Lease, time, logger);
        _metrics = new(metrics);
        _configuration = new(options.ConfigMapName);
        _pulse = health.AddLoop("controller", TurnLimit);
        health.AddCondition("the list of Services", () => _services.Store.HasSynced);
        health.AddCondition("the list of ConfigMaps", () => _configMaps.Store.HasSynced);
        health.AddCondition($"a valid configuration in the ConfigMap {options.ConfigMapName}", () => _configuration.Current is not null);
    }

    /// <summary>Runs until stopped.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stop);
        Task[] tasks =
        [
            _services.RunAsync(ended.Token),
            _configMaps.RunAsync(ended.Token),
            _events.RunAsync(ended.Token),
            _election.RunAsync(LeadAsync, ended.Token),
            TurnAsync(ended.Token),
        ];
        // None of them ends before it is told to, unless it failed: then the process ends with that failure.
        await Task.WhenAny(tasks);
        await ended.CancelAsync();
        await Task.WhenAll(tasks);
    }

    private Instant Now => new(_time.GetElapsedTime(_origin));

    private V1ConfigMap? ConfigMap => _configMaps.Store.Find(new(_options.Namespace, _options.ConfigMap));

    /// <summary>What the election runs while the lease is ours: hands the term to the loop and waits until the loop has ended it.</summary>
    private async Task LeadAsync(CancellationToken leading)
    {
        var term = new Term(leading);
        await using var rung = leading.Register(_bell.Ring);
        _term = term;
        _bell.Ring();
        await term.Ended;
    }

    private async Task TurnAsync(CancellationToken stop)
    {
        try
        {
            while (!_services.Store.HasSynced || !_configMaps.Store.HasSynced)
                await WaitAsync(LongestWait, stop);
            LogSynced(_services.Store.Objects.Count);
            while (true)
            {
                if (_term is { } term)
                {
                    await LeadUntilEndAsync(term);
                    _term = null;
                    term.End();
                }
                else
                {
                    if (!_configuration.HasSeen(ConfigMap))
                        LookAtConfiguration(LostByStatusUnder);
                    await WaitAsync(LongestWait, stop);
                }
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
        }
        finally
        {
            _term?.End();
        }
    }

    private async Task LeadUntilEndAsync(Term term)
    {
        _metrics.Leading.Set(1);
        // What is stale when a term begins is told again by the new leader: it may be the first to lead.
        _announced = null;
        while (!term.Token.IsCancellationRequested)
        {
            Leader? leader = null;
            try
            {
                // The watch may lag behind what the leader before wrote last; the list does not.
                var latest = await _client.ListAllAsync(ResourceKinds.Services, cancel: term.Token);
                leader = new(_client, new(_reader, latest), _events, _bell, _metrics, _time, _logger);
                await LeadAsync(leader, term.Token);
            }
            catch (OperationCanceledException) when (term.Token.IsCancellationRequested)
            {
            }
            catch (KubernetesException failure) when (!term.Token.IsCancellationRequested)
            {
                LogListFailed(failure.Message);
                await Task.Delay(RestAfterFailure, _time, term.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (Exception failure) when (!term.Token.IsCancellationRequested)
            {
                // The last resort of this loop: whatever it is, everything is known anew from the API.
                _metrics.Restarts.Increment();
                LogFailed(failure);
                await Task.Delay(RestAfterFailure, _time, term.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            finally
            {
                await (leader?.EndAsync() ?? Task.CompletedTask);
            }
        }

        _metrics.Leading.Set(0);
        _metrics.ShowNothing();
    }

    private async Task LeadAsync(Leader leader, CancellationToken leading)
    {
        // First of all everything that a status shows is claimed under the configuration that was in force.
        if (_configuration.Current is not null)
        {
            leader.Ledger.Configure(_configuration.Current, "", Now);
            leader.Decide(Now);
        }

        while (true)
        {
            leading.ThrowIfCancellationRequested();
            var now = Now;
            await leader.CollectAsync(now);
            leader.See(_services.Store, now);
            LookAtConfiguration(leader.Ledger.LostUnder);
            Announce();
            leader.Ledger.Configure(_configuration.Current, _configuration.WhyNone, now);
            leader.Decide(now);
            var next = leader.Write(now, leading);
            await WaitAsync(next - now is var rest && rest < LongestWait ? rest : LongestWait, leading);
        }
    }

    private async Task WaitAsync(TimeSpan atMost, CancellationToken stop)
    {
        _pulse.Turned();
        await _bell.WaitAsync(atMost > TimeSpan.Zero ? atMost : TimeSpan.FromMilliseconds(1), stop);
    }

    private void LookAtConfiguration(Func<LoadBalancerConfiguration, IReadOnlyList<LostAddress>> lostUnder)
    {
        if (_configuration.Look(ConfigMap, lostUnder) is not { } news)
            return;
        _metrics.Updates.Increment();
        _metrics.ConfigStale.Set(_configuration.IsStale ? 1 : 0);
        _metrics.ConfigLoaded.Set(_configuration.Current is null ? 0 : 1);
        switch (news)
        {
            case ConfigurationNews.Missing:
                LogNoConfiguration(_options.ConfigMapName);
                break;
            case ConfigurationNews.Invalid(var errors):
                _metrics.UpdateErrors.Increment();
                foreach (var error in errors)
                    LogStale($"{error.Source}:{error.Line}:{error.Column}", error.Fault.ToString(), error.Path.Length > 0 ? $"{error.Path}: {error.Message}" : error.Message);
                break;
            case ConfigurationNews.Refused(var lost):
                _metrics.UpdateErrors.Increment();
                foreach (var loss in lost)
                    LogStale(_options.ConfigMapName, loss.Reason.ToString(), $"Service {loss.Service} would lose {loss.Address}: {loss.Message}");
                break;
            case ConfigurationNews.Loaded:
                LogLoaded(_options.ConfigMapName, _configuration.Current!.Pools.Count);
                break;
        }
    }

    /// <summary>Tells the owner of the ConfigMap, once, and only as the leader: two replicas would tell it twice.</summary>
    private void Announce()
    {
        var wasStale = _announced is ConfigurationNews.Invalid or ConfigurationNews.Refused;
        if (ReferenceEquals(_announced, _configuration.Last) || ConfigMap is not { } map)
            return;
        _announced = _configuration.Last;
        var regarding = V1ObjectReference.To(ResourceKinds.ConfigMaps, map);
        foreach (var note in ConfigurationNotes.Of(_announced))
            _events.Record(regarding, EventType.Warning, _announced is ConfigurationNews.Invalid ? "InvalidConfiguration" : "ConfigurationRefused", "Load", note);
        if (wasStale && _announced is ConfigurationNews.Loaded)
            _events.Record(regarding, EventType.Normal, "ConfigurationLoaded", "Load", "the configuration is in force");
    }

    /// <summary>As a leader would know it, from what the Services show.</summary>
    private IReadOnlyList<LostAddress> LostByStatusUnder(LoadBalancerConfiguration next)
    {
        var claims = new Allocator();
        claims.Configure(_configuration.Current!, Now);
        foreach (var service in _services.Store.Objects.Values)
        {
            if (_reader.Read(service) is ServiceReading.Wants({ Current.IsEmpty: false } request))
                claims.Allocate(request, Now);
        }

        return claims.CheckCompatible(next);
    }

    /// <summary>Drops what the controller does not read: a cluster has many Services, and most of a Service is not its business.</summary>
    private static V1Service Trim(V1Service service) => new()
    {
        Metadata = new()
        {
            Name = service.Metadata.Name,
            Namespace = service.Metadata.Namespace,
            Uid = service.Metadata.Uid,
            ResourceVersion = service.Metadata.ResourceVersion,
            Generation = service.Metadata.Generation,
            CreationTimestamp = service.Metadata.CreationTimestamp,
            DeletionTimestamp = service.Metadata.DeletionTimestamp,
            Annotations = service.Metadata.Annotations?.Any(IsRead) == true
                ? service.Metadata.Annotations.Where(IsRead).ToDictionary(StringComparer.Ordinal)
                : null,
        },
        Spec = service.Spec is not { } spec ? null : new()
        {
            Type = spec.Type,
            ClusterIP = spec.ClusterIP,
            ClusterIPs = spec.ClusterIPs,
            LoadBalancerIP = spec.LoadBalancerIP,
            LoadBalancerClass = spec.LoadBalancerClass,
        },
        Status = service.Status,
    };

    private static bool IsRead(KeyValuePair<string, string> annotation) =>
        ServiceReader.Prefixes.Any(prefix => annotation.Key.StartsWith(prefix, StringComparison.Ordinal));

    [LoggerMessage(EventName = "stateSynced", Level = LogLevel.Information, Message = "{Services} Services and the ConfigMap are known, work can start")]
    private partial void LogSynced(int services);

    [LoggerMessage(EventName = "noConfig", Level = LogLevel.Warning, Message = "there is no ConfigMap {ConfigMap}; what was in force before, if anything, stays in force")]
    private partial void LogNoConfiguration(string configMap);

    [LoggerMessage(EventName = "configStale", Level = LogLevel.Error, Message = "{Place}: {Explanation} ({Reason}); the last good configuration stays in force")]
    private partial void LogStale(string place, string reason, string explanation);

    [LoggerMessage(EventName = "configLoaded", Level = LogLevel.Information, Message = "the configuration {ConfigMap} with {Pools} pools is in force")]
    private partial void LogLoaded(string configMap, int pools);

    [LoggerMessage(EventName = "servicesNotListed", Level = LogLevel.Warning, Message = "the new leader cannot list the Services yet and gives nothing out: {Explanation}")]
    private partial void LogListFailed(string explanation);

    [LoggerMessage(EventName = "controllerFailed", Level = LogLevel.Error, Message = "the controller begins anew after a failure")]
    private partial void LogFailed(Exception failure);

    /// <summary>The time between getting and losing the lease.</summary>
    private sealed class Term(CancellationToken token)
    {
        private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public CancellationToken Token => token;

        public Task Ended => _ended.Task;

        public void End() => _ended.TrySetResult();
    }
}
