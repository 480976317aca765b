namespace MetalSharp.Configuration;

/// <summary>How BFD (RFC 5880) watches a peer. Unset values are the defaults that FRR uses.</summary>
public sealed record BfdProfile(string Name)
{
    /// <summary>The shortest interval between control packets that this side can take: 10 ms to 60 s.</summary>
    public TimeSpan ReceiveInterval { get; init; } = TimeSpan.FromMilliseconds(300);

    /// <summary>The interval at which this side wants to send control packets: 10 ms to 60 s.</summary>
    public TimeSpan TransmitInterval { get; init; } = TimeSpan.FromMilliseconds(300);

    /// <summary>How many packets in a row may be missing: 2 to 255.</summary>
    public int DetectMultiplier { get; init; } = 3;

    /// <summary>The interval of echo packets: 10 ms to 60 s. Only used with <see cref="EchoMode"/>.</summary>
    public TimeSpan EchoInterval { get; init; } = TimeSpan.FromMilliseconds(50);

    public bool EchoMode { get; init; }

    /// <summary>Wait for the peer's first packet before sending any (RFC 5880 section 6.1).</summary>
    public bool PassiveMode { get; init; }

    /// <summary>The lowest TTL accepted from a multihop peer: 1 to 254 (RFC 5883).</summary>
    public int MinimumTtl { get; init; } = 254;
}
