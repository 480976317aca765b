using MetalSharp.Kubernetes.Models;
using Microsoft.Extensions.Logging;

namespace MetalSharp.Kubernetes;

/// <summary>Which lease is contended for, by whom, and its times: duration over deadline over retry period.</summary>
public sealed record LeaseElectionOptions
{
    public required string Namespace { get; init; }

    public required string Name { get; init; }

    /// <summary>
    /// Differs between all processes that contend at one time, such as the name of the pod: a process that finds its own identity in the
    /// lease leads at once.
    /// </summary>
    public required string Identity { get; init; }

    /// <summary>How long the others wait after the last renewal that they saw. Whole seconds.</summary>
    public TimeSpan LeaseDuration { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>After how long without a renewal the leader stops leading.</summary>
    public TimeSpan RenewDeadline { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The time between two attempts.</summary>
    public TimeSpan RetryPeriod { get; init; } = TimeSpan.FromSeconds(2);
}

/// <summary>
/// Elects one leader among the processes that contend for a Lease, with the rules of client-go, so that both kinds may contend for one.
/// Nobody compares his clock with another's: a contender waits the lease's duration from when it saw the last change, and the leader stops
/// leading before that, counted from when it sent its last successful renewal.
/// </summary>
public sealed class LeaseElection
{
    private readonly KubernetesClient _client;
    private readonly LeaseElectionOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    // The lease as last seen, and when its content was first seen so.
    private V1Lease? _seen;
    private long _seenSince;

    private volatile Term? _term;
    private volatile string? _holder;

    public LeaseElection(KubernetesClient client, LeaseElectionOptions options, TimeProvider time, ILogger logger)
    {
        if (options.RetryPeriod <= TimeSpan.Zero || options.RenewDeadline <= options.RetryPeriod || options.LeaseDuration <= options.RenewDeadline)
            throw new ArgumentException("the lease's duration must exceed the renew deadline, and that the retry period", nameof(options));
        if (options.LeaseDuration.Ticks % TimeSpan.TicksPerSecond != 0)
            throw new ArgumentException("a lease lasts whole seconds", nameof(options));
        if (options.Identity.Length == 0)
            throw new ArgumentException("a contender needs an identity", nameof(options));
        _client = client;
        _options = options;
        _time = time;
        _logger = logger;
    }

    /// <summary>Whether the lease is ours now. False as soon as the renew deadline has passed, also before anything was told so.</summary>
    public bool IsLeader => _term is { } term && _time.GetElapsedTime(term.RenewedAt) < _options.RenewDeadline;

    /// <summary>Whose the lease is as far as we know; null when it is nobody's.</summary>
    public string? Holder => _holder;

    internal Random Chance { get; init; } = Random.Shared;

    /// <summary>
    /// Contends until stopped. Whenever the lease is ours, runs <paramref name="whileLeading"/>, whose token is cancelled when leadership
    /// ends; it is awaited before anything else happens, and has (duration - deadline, 5 s) to end before another process may lead.
    /// When it ends by itself the lease is released and contended for again; what it throws ends the election. A stop releases the lease.
    /// </summary>
    public async Task RunAsync(Func<CancellationToken, Task> whileLeading, CancellationToken stop)
    {
        try
        {
            while (true)
            {
                var attempted = _time.GetTimestamp();
                if (await TryAcquireOrRenewAsync(stop))
                    await LeadAsync(attempted, whileLeading, stop);
                stop.ThrowIfCancellationRequested();
                // By chance a little longer, so that contenders that started together do not keep colliding.
                await Task.Delay(_options.RetryPeriod * (1 + Chance.NextDouble() / 4), _time, stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
        }
    }

    private async Task LeadAsync(long renewedAt, Func<CancellationToken, Task> whileLeading, CancellationToken stop)
    {
        using var term = new Term(renewedAt, stop);
        await using var deadline = _time.CreateTimer(
            static state => ((Term)state!).End(), term, Remaining(renewedAt), Timeout.InfiniteTimeSpan);
        _term = term;
        _logger.Leading(_options.Name, _options.Identity);
        var work = WorkAsync(whileLeading, term);
        try
        {
            await KeepAsync(term, deadline);
        }
        finally
        {
            var inTime = IsLeader;
            _term = null;
            term.End();
            await work.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            if (_time.GetElapsedTime(term.RenewedAt) >= _options.LeaseDuration)
                _logger.EndedLate(_options.Name, _time.GetElapsedTime(term.RenewedAt), _options.LeaseDuration);
            _logger.NotLeading(_options.Name, _options.Identity);
            if (inTime)
                await ReleaseAsync();
        }

        if (work.IsFaulted)
            await work;
    }

    /// <summary>Does the work, whose end is also the end of the term.</summary>
    private static async Task WorkAsync(Func<CancellationToken, Task> whileLeading, Term term)
    {
        try
        {
            await whileLeading(term.Token);
        }
        finally
        {
            term.End();
        }
    }

    /// <summary>Renews until the term ends or the lease is another's.</summary>
    private async Task KeepAsync(Term term, ITimer deadline)
    {
        while (true)
        {
            await Task.Delay(_options.RetryPeriod, _time, term.Token)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            if (term.Token.IsCancellationRequested)
                return;
            var attempted = _time.GetTimestamp();
            try
            {
                if (await TryAcquireOrRenewAsync(term.Token))
                {
                    term.RenewedAt = attempted;
                    deadline.Change(Remaining(attempted), Timeout.InfiniteTimeSpan);
                }
                else if (_holder is { } other && other != _options.Identity)
                {
                    _logger.TakenOver(_options.Name, other);
                    return;
                }
            }
            catch (OperationCanceledException) when (term.Token.IsCancellationRequested)
            {
                return;
            }
        }
    }

    /// <summary>Whether the lease is ours after one attempt. Every failure of the API is a no.</summary>
    private async Task<bool> TryAcquireOrRenewAsync(CancellationToken cancel)
    {
        // An answer that takes longer than this would leave no time for another attempt.
        using var timeout = new CancellationTokenSource(_options.RenewDeadline / 2, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancel);
        try
        {
            // Ours and, as far as we know, unchanged: one request renews it.
            if (_term is not null && _seen is { Spec: { } mine } unchanged && mine.HolderIdentity == _options.Identity)
            {
                try
                {
                    await WriteAsync(unchanged, Claim(mine), either.Token);
                    return true;
                }
                catch (KubernetesException e) when (e.IsConflict || e.IsNotFound)
                {
                    // Somebody else wrote it, or our own last write counted though its answer was lost. Look.
                }
            }

            var found = await _client.FindAsync(ResourceKinds.Leases, _options.Namespace, _options.Name, either.Token);
            if (found is null)
            {
                Observe(await _client.CreateAsync(
                    ResourceKinds.Leases,
                    new() { Metadata = new() { Namespace = _options.Namespace, Name = _options.Name }, Spec = Claim(null) },
                    either.Token));
                return true;
            }

            Observe(found);
            var lease = found.Spec ?? new();
            if (lease.HolderIdentity is { Length: > 0 } holder && holder != _options.Identity && _time.GetElapsedTime(_seenSince) < DurationOf(lease))
                return false;
            await WriteAsync(found, Claim(lease), either.Token);
            return true;
        }
        catch (KubernetesException e)
        {
            _logger.NotRenewed(_options.Name, e.Message);
            return false;
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !cancel.IsCancellationRequested)
        {
            _logger.NotRenewed(_options.Name, $"no answer within {_options.RenewDeadline / 2}");
            return false;
        }
    }

    private async Task ReleaseAsync()
    {
        using var timeout = new CancellationTokenSource(_options.RetryPeriod, _time);
        try
        {
            var lease = _seen;
            for (var attempts = 0; lease?.Spec is { } mine && mine.HolderIdentity == _options.Identity && attempts < 2; attempts++)
            {
                var now = _time.GetUtcNow();
                try
                {
                    await WriteAsync(lease, mine with { HolderIdentity = "", LeaseDurationSeconds = 1, RenewTime = now, AcquireTime = now }, timeout.Token);
                    _logger.Released(_options.Name);
                }
                catch (KubernetesException e) when (e.IsConflict)
                {
                    // The renewal that the stop interrupted did count.
                    lease = await _client.FindAsync(ResourceKinds.Leases, _options.Namespace, _options.Name, timeout.Token);
                    continue;
                }

                return;
            }
        }
        catch (Exception e) when (e is KubernetesException or OperationCanceledException)
        {
            _logger.NotRenewed(_options.Name, e.Message);
        }
    }

    /// <summary>The lease's content when it is ours from now on; <paramref name="before"/> when it was so already.</summary>
    private V1LeaseSpec Claim(V1LeaseSpec? before)
    {
        var now = _time.GetUtcNow();
        var renewed = (before ?? new()) with
        {
            HolderIdentity = _options.Identity,
            LeaseDurationSeconds = (int)_options.LeaseDuration.TotalSeconds,
            RenewTime = now,
        };
        return before?.HolderIdentity == _options.Identity
            ? renewed
            : renewed with { AcquireTime = now, LeaseTransitions = before is null ? 0 : (before.LeaseTransitions ?? 0) + 1 };
    }

    private async Task WriteAsync(V1Lease lease, V1LeaseSpec content, CancellationToken cancel) =>
        Observe(await _client.UpdateAsync(ResourceKinds.Leases, lease with { Spec = content }, cancel: cancel));

    private void Observe(V1Lease lease)
    {
        if (_seen is null || _seen.Spec != lease.Spec)
            _seenSince = _time.GetTimestamp();
        _seen = lease;
        var holder = lease.Spec?.HolderIdentity is { Length: > 0 } somebody ? somebody : null;
        if (holder != _holder)
            _logger.Holder(_options.Name, holder ?? "nobody");
        _holder = holder;
    }

    /// <summary>How long a lease lasts is said by its holder, whose configuration may be another than ours.</summary>
    private TimeSpan DurationOf(V1LeaseSpec lease) =>
        lease.LeaseDurationSeconds is { } seconds and > 0 ? TimeSpan.FromSeconds(seconds) : _options.LeaseDuration;

    private TimeSpan Remaining(long renewedAt)
    {
        var remaining = _options.RenewDeadline - _time.GetElapsedTime(renewedAt);
        return remaining > TimeSpan.Zero ? remaining : TimeSpan.Zero;
    }

    /// <summary>One time of leading.</summary>
    private sealed class Term(long renewedAt, CancellationToken stop) : IDisposable
    {
        private readonly CancellationTokenSource _end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        private long _renewedAt = renewedAt;

        public CancellationToken Token => _end.Token;

        public long RenewedAt
        {
            get => Interlocked.Read(ref _renewedAt);
            set => Interlocked.Exchange(ref _renewedAt, value);
        }

        public void End() => _end.Cancel();

        public void Dispose() => _end.Dispose();
    }
}
