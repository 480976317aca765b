namespace MetalSharp.Layer2;

/// <summary>How often an address that is held is announced unasked.</summary>
public sealed record GratuitousTiming
{
    public static readonly GratuitousTiming Default = new(5, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(60));

    /// <param name="burstRounds">Rounds on taking over, the first one at once; at least 1.</param>
    /// <param name="burstLength">The time that the burst takes; its rounds are spread evenly over it.</param>
    /// <param name="refreshInterval">The time between rounds after the burst; zero means never again.</param>
    /// <exception cref="ArgumentOutOfRangeException">No round, or a negative time.</exception>
    public GratuitousTiming(int burstRounds, TimeSpan burstLength, TimeSpan refreshInterval)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(burstRounds, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(burstLength, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(refreshInterval, TimeSpan.Zero);
        BurstRounds = burstRounds;
        BurstLength = burstLength;
        RefreshInterval = refreshInterval;
    }

    public int BurstRounds { get; }

    public TimeSpan BurstLength { get; }

    public TimeSpan RefreshInterval { get; }

    public TimeSpan BurstInterval => BurstLength / BurstRounds;
}
