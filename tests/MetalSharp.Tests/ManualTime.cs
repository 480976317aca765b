namespace MetalSharp.Tests;

/// <summary>
/// A clock that moves only when told to. Timers fire inside <see cref="Advance"/>, in the order in which they are due, each at its own time,
/// on the thread of the caller; so code that awaits nothing but this clock has run as far as it can when Advance returns.
/// </summary>
public sealed class ManualTime : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly List<ManualTimer> _armed = [];
    private readonly List<(TimeSpan AtMost, TaskCompletionSource Seen)> _waiting = [];
    private DateTimeOffset _wallClockOrigin;
    private TimeSpan _elapsed;

    public ManualTime() : this(new(2026, 11, 20, 8, 0, 0, TimeSpan.Zero))
    {
    }

    public ManualTime(DateTimeOffset start) => _wallClockOrigin = start;

    /// <summary>What the monotonic clock shows: the sum of all advances.</summary>
    public TimeSpan Elapsed
    {
        get
        {
            lock (_gate)
                return _elapsed;
        }
    }

    /// <summary>How long until the next timer is due; null when none is armed.</summary>
    public TimeSpan? NextTimer
    {
        get
        {
            lock (_gate)
                return _armed.Count == 0 ? null : _armed.Min(timer => timer.Due) - _elapsed;
        }
    }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate)
            return _wallClockOrigin + _elapsed;
    }

    public override long GetTimestamp() => Elapsed.Ticks;

    /// <summary>Moves both clocks and fires the timers that are due by then, also those that are armed on the way.</summary>
    public void Advance(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        var target = Elapsed + by;
        while (TakeDue(target) is { } timer)
            timer.Fire();
        lock (_gate)
            _elapsed = target;
    }

    /// <summary>Moves the wall clock alone, as an administrator or NTP does. No timer notices.</summary>
    public void StepWallClock(TimeSpan by)
    {
        lock (_gate)
            _wallClockOrigin += by;
    }

    /// <summary>Ends when a timer is armed that is due within <paramref name="atMost"/>: the code under test now waits.</summary>
    public Task TimerWithin(TimeSpan atMost)
    {
        lock (_gate)
        {
            if (_armed.Any(timer => timer.Due - _elapsed <= atMost))
                return Task.CompletedTask;
            var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add((atMost, seen));
            return seen.Task;
        }
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private ManualTimer? TakeDue(TimeSpan target)
    {
        lock (_gate)
        {
            var next = _armed.MinBy(timer => timer.Due);
            if (next is null || next.Due > target)
                return null;
            if (next.Due > _elapsed)
                _elapsed = next.Due;
            if (next.Period > TimeSpan.Zero)
                next.Due = _elapsed + next.Period;
            else
                _armed.Remove(next);
            return next;
        }
    }

    private sealed class ManualTimer(ManualTime clock, TimerCallback callback, object? state) : ITimer
    {
        private bool _disposed;

        public TimeSpan Due { get; set; }

        public TimeSpan Period { get; private set; }

        public void Fire() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (clock._gate)
            {
                clock._armed.Remove(this);
                if (_disposed)
                    return false;
                Period = period;
                if (dueTime < TimeSpan.Zero)
                    return true;
                Due = clock._elapsed + dueTime;
                clock._armed.Add(this);
                foreach (var (_, seen) in clock._waiting.Where(waiter => dueTime <= waiter.AtMost))
                    seen.TrySetResult();
                clock._waiting.RemoveAll(waiter => waiter.Seen.Task.IsCompleted);
                return true;
            }
        }

        public void Dispose()
        {
            lock (clock._gate)
            {
                _disposed = true;
                clock._armed.Remove(this);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
