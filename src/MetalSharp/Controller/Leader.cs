using MetalSharp.Allocation;
using MetalSharp.Kubernetes;
using MetalSharp.Kubernetes.Models;
using MetalSharp.Resources;
using Microsoft.Extensions.Logging;

namespace MetalSharp.Controller;

/// <summary>
/// One term of leadership: decides about the Services and writes their status, several at a time, each one apart from the
/// others' failures. Turned by the controller's loop, which owns it.
/// </summary>
internal sealed partial class Leader(
    KubernetesClient client, ServiceLedger ledger, EventRecorder events, Doorbell bell, ControllerMetrics metrics, TimeProvider time, ILogger logger)
{
    private const int MaxWritesInFlight = 16;

    // A conflict is decided again at once; one that does not end would keep the server busy for nothing.
    private const int MaxImmediateRetries = 3;

    private static readonly TimeSpan FirstRest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestRest = TimeSpan.FromSeconds(30);

    private readonly Dictionary<ServiceKey, Task<WriteOutcome>> _writing = [];
    private readonly Queue<ServiceKey> _ready = [];
    private readonly HashSet<ServiceKey> _queued = [];
    private readonly Dictionary<ServiceKey, int> _failures = [];
    private readonly PriorityQueue<ServiceKey, Instant> _resting = new();
    private readonly HashSet<ServiceKey> _restingKeys = [];

    public ServiceLedger Ledger => ledger;

    /// <summary>Takes note of what the watch shows.</summary>
    public void See(Store<V1Service> services, Instant now)
    {
        // The version first: an object that is missing from newer objects than these is gone all the more.
        var version = services.ResourceVersion;
        foreach (var (key, address) in ledger.See(version, services.Objects, now))
            LogDeleted(key, address);
    }

    /// <summary>Decides what the ledger has taken note of, and lines up the writes.</summary>
    public void Decide(Instant now)
    {
        var begun = time.GetTimestamp();
        var touched = ledger.Decide(now);
        metrics.Show(ledger.Usage(), ledger.Reasons);
        if (touched.Count == 0)
            return;
        foreach (var key in touched)
            Enqueue(key);
        metrics.Updates.Add(touched.Count);
        metrics.Reconcile.Observe(time.GetElapsedTime(begun));
    }

    /// <summary>Takes the outcome of writes that have ended.</summary>
    public async Task CollectAsync(Instant now)
    {
        foreach (var (key, writing) in _writing.Where(entry => entry.Value.IsCompleted).ToArray())
        {
            _writing.Remove(key);
            Settle(key, await writing, now);
        }
    }

    /// <summary>Starts as many writes as may be under way, and says when the next one may start that rests now.</summary>
    public Instant Write(Instant now, CancellationToken leading)
    {
        while (_resting.TryPeek(out var key, out var due) && due <= now)
        {
            _resting.Dequeue();
            _restingKeys.Remove(key);
            Enqueue(key);
        }

        while (_writing.Count < MaxWritesInFlight && _ready.TryDequeue(out var key))
        {
            _queued.Remove(key);
            // What changes while a write is under way is looked at again when that write has ended.
            if (!_writing.ContainsKey(key) && ledger.ChangeOf(key) is { } change)
                _writing.Add(key, WriteAsync(key, change, leading));
        }

        return _resting.TryPeek(out _, out var next) ? next : Instant.Never;
    }

    /// <summary>Waits for the writes that are under way, so that none of them comes after the next leader's.</summary>
    public async Task EndAsync()
    {
        foreach (var writing in _writing.Values)
            await ((Task)writing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private void Enqueue(ServiceKey key)
    {
        if (!_restingKeys.Contains(key) && _queued.Add(key))
            _ready.Enqueue(key);
    }

    private async Task<WriteOutcome> WriteAsync(ServiceKey key, StatusChange change, CancellationToken leading)
    {
        try
        {
            return new WriteOutcome.Written(change, await client.PatchAsync(
                ResourceKinds.Services, key.Namespace, key.Name, change.ToPatch(time.GetUtcNow()), "status", leading));
        }
        catch (KubernetesException refused) when (refused.IsConflict || refused.IsNotFound)
        {
            return await LookAgainAsync(key, leading);
        }
        catch (KubernetesException failure)
        {
            return new WriteOutcome.Failed(failure.Message);
        }
        finally
        {
            bell.Ring();
        }
    }

    private async Task<WriteOutcome> LookAgainAsync(ServiceKey key, CancellationToken leading)
    {
        try
        {
            return new WriteOutcome.Outdated(await client.FindAsync(ResourceKinds.Services, key.Namespace, key.Name, leading));
        }
        catch (KubernetesException failure)
        {
            return new WriteOutcome.Failed(failure.Message);
        }
    }

    private void Settle(ServiceKey key, WriteOutcome outcome, Instant now)
    {
        switch (outcome)
        {
            case WriteOutcome.Written(var change, var service) when StatusChange.Between(service, change.Desired, released: null) is null:
                metrics.Written.Increment();
                _failures.Remove(key);
                ledger.See(service);
                Tell(key, change);
                break;
            case WriteOutcome.Written(_, var service):
                ledger.See(service);
                Fail(key, "the server took the status and did not keep it", now);
                break;
            case WriteOutcome.Outdated(var fresh):
                metrics.Conflicts.Increment();
                if (fresh is not null)
                    ledger.See(fresh);
                var failures = _failures[key] = _failures.GetValueOrDefault(key) + 1;
                if (fresh is null || failures > MaxImmediateRetries)
                    Rest(key, failures, now);
                else
                    Enqueue(key);
                break;
            case WriteOutcome.Failed(var reason):
                Fail(key, reason, now);
                break;
        }
    }

    private void Fail(ServiceKey key, string reason, Instant now)
    {
        metrics.Failures.Increment();
        metrics.UpdateErrors.Increment();
        var failures = _failures[key] = _failures.GetValueOrDefault(key) + 1;
        Rest(key, failures, now);
        // How long it goes on is for the metrics to say.
        if (failures == 1)
            LogWriteFailed(key, reason);
    }

    private void Rest(ServiceKey key, int failures, Instant now)
    {
        var rest = FirstRest * Math.Min(Math.Pow(2, failures - 1), LongestRest / FirstRest);
        // Services that failed together do not come back together.
        if (_restingKeys.Add(key))
            _resting.Enqueue(key, now + rest * (1 + Random.Shared.NextDouble() / 4));
    }

    private void Tell(ServiceKey key, StatusChange change)
    {
        foreach (var happened in change.Events())
            events.Record(V1ObjectReference.To(ResourceKinds.Services, change.Basis), happened.Type, happened.Reason, happened.Action, happened.Note);
        if (change.Released is { } released)
            LogReleased(key, released.Address.ToString(), released.Reason.ToString(), released.Message);
        else if (change.Desired == DesiredStatus.Cleared && ServiceReader.StatusAddresses(change.Basis) is { IsEmpty: false } shown)
            LogReleased(key, string.Join(", ", shown), nameof(ServiceReading.NotOurs), "the Service is not ours any more");
        if (change.IsNewAddress)
            LogAllocated(key, change.Desired.Address, ledger.Find(key)?.Pool);
        else if (change.Desired is { Address: null, Reason: { } reason })
            LogRefused(key, reason, change.Desired.Message);
    }

    [LoggerMessage(EventName = "serviceDeleted", Level = LogLevel.Information, Message = "Service {Service} is gone, IP {Ip} is free again")]
    private partial void LogDeleted(ServiceKey service, Net.InetAddress ip);

    [LoggerMessage(EventName = "ipAllocated", Level = LogLevel.Information, Message = "Service {Service} has IP {Ip} of pool {Pool}")]
    private partial void LogAllocated(ServiceKey service, Net.InetAddress? ip, PoolName? pool);

    [LoggerMessage(EventName = "clearAssignment", Level = LogLevel.Information, Message = "Service {Service} loses IP {Ip} ({Reason}): {Explanation}")]
    private partial void LogReleased(ServiceKey service, string ip, string reason, string explanation);

    [LoggerMessage(EventName = "allocationFailed", Level = LogLevel.Warning, Message = "Service {Service} has no IP ({Reason}): {Explanation}")]
    private partial void LogRefused(ServiceKey service, AllocationReason reason, string explanation);

    [LoggerMessage(EventName = "statusWriteFailed", Level = LogLevel.Warning, Message = "the status of Service {Service} could not be written, will try again: {Explanation}")]
    private partial void LogWriteFailed(ServiceKey service, string explanation);

    /// <summary>What came of one write.</summary>
    private abstract record WriteOutcome
    {
        public sealed record Written(StatusChange Change, V1Service Service) : WriteOutcome;

        /// <summary>Somebody else was faster; null: the Service is gone.</summary>
        public sealed record Outdated(V1Service? Fresh) : WriteOutcome;

        public sealed record Failed(string Reason) : WriteOutcome;
    }
}
