using System.Collections.Concurrent;

namespace MetalSharp.Observability;

/// <summary>
/// What the probes are told. Alive: every loop has turned lately. Ready: alive, and nothing that must be there before work can start is missing.
/// An API server that is away makes a process neither dead nor unready: it goes on with what it knows.
/// </summary>
internal sealed class Health(TimeProvider time)
{
    private readonly ConcurrentDictionary<string, LoopPulse> _loops = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Func<bool>> _conditions = new(StringComparer.Ordinal);

    /// <summary>Watches a loop that promises to call <see cref="LoopPulse.Turned"/> at least once in <paramref name="limit"/>.</summary>
    public LoopPulse AddLoop(string name, TimeSpan limit) => _loops[name] = new LoopPulse(time, limit);

    /// <summary>Holds readiness back until <paramref name="met"/> is true; <paramref name="what"/> completes the sentence "waiting for ...".</summary>
    public void AddCondition(string what, Func<bool> met) => _conditions[what] = met;

    /// <summary>Why the process should be restarted; empty while it is well.</summary>
    public IReadOnlyList<string> Stuck() =>
        [.. _loops.Where(loop => loop.Value.IsLate).Select(loop => $"the {loop.Key} loop has not turned for {loop.Value.Age.TotalSeconds:0} s").Order(StringComparer.Ordinal)];

    /// <summary>Why the process is not ready; empty when it is.</summary>
    public IReadOnlyList<string> Unready() =>
        [.. Stuck(), .. _conditions.Where(condition => !condition.Value()).Select(condition => "waiting for " + condition.Key).Order(StringComparer.Ordinal)];
}

/// <summary>The pulse of one loop, on the monotonic clock.</summary>
internal sealed class LoopPulse(TimeProvider time, TimeSpan limit)
{
    private long _last = time.GetTimestamp();

    public TimeSpan Age => time.GetElapsedTime(Volatile.Read(ref _last));

    public bool IsLate => Age > limit;

    public void Turned() => Volatile.Write(ref _last, time.GetTimestamp());
}
