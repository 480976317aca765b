namespace MetalSharp.Configuration;

/// <summary>
/// Everything an operator configured, valid as a whole: names are unique, ranges do not overlap, every reference resolves.
/// Two configurations are equal exactly when they say the same.
/// </summary>
public sealed record LoadBalancerConfiguration
{
    /// <summary>What an empty text says: no pools, no peers.</summary>
    public static readonly LoadBalancerConfiguration Empty = new();

    /// <summary>In the order of the configuration.</summary>
    public EquatableArray<AddressPool> Pools { get; init; }

    /// <summary>In the order of the configuration; no two are equal.</summary>
    public EquatableArray<BgpPeer> Peers { get; init; }

    /// <summary>In the order of the configuration, also those that no peer uses.</summary>
    public EquatableArray<BfdProfile> BfdProfiles { get; init; }
}
