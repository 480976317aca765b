namespace MetalSharp.Kubernetes;

/// <summary>How long to wait after a failure: 0.8 s, doubling to 6.7 s, each up to half as long again by chance; 0.8 s again after two healthy minutes.</summary>
internal sealed class Backoff(TimeProvider time, Random chance)
{
    public static readonly TimeSpan Least = TimeSpan.FromSeconds(0.8);

    // A third of what client-go allows: after an outage of the API, addresses and pods that changed meanwhile wait for this.
    public static readonly TimeSpan Most = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan Healthy = TimeSpan.FromMinutes(2);

    private TimeSpan _base = Least;
    private TimeSpan _wait;
    private long? _failedAt;

    /// <summary>The wait after the failure that happened now.</summary>
    public TimeSpan Next()
    {
        if (_failedAt is { } last && time.GetElapsedTime(last) - _wait >= Healthy)
            _base = Least;
        _failedAt = time.GetTimestamp();
        _wait = _base * (1 + chance.NextDouble() / 2);
        _base = TimeSpan.FromTicks(Math.Min(_base.Ticks * 2, Most.Ticks * 2 / 3));
        return _wait;
    }
}
