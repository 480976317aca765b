using MetalSharp.Net;

namespace MetalSharp.Configuration;

/// <summary>How the addresses of a pool are made reachable.</summary>
[Flags]
public enum AnnouncementProtocols
{
    None = 0,

    /// <summary>One elected speaker answers ARP and NDP.</summary>
    Layer2 = 1,

    /// <summary>Every eligible speaker announces a route.</summary>
    Bgp = 2,
}

/// <summary>A set of addresses that may be given to Services, with the rules for giving them out.</summary>
public sealed record AddressPool(PoolName Name)
{
    /// <summary>At least one range, in the order of the configuration; no two ranges of a configuration overlap.</summary>
    public required EquatableArray<InetRange> Addresses { get; init; }

    public AnnouncementProtocols Protocols { get; init; } = AnnouncementProtocols.Layer2;

    /// <summary>Whether a Service that names neither pool nor address may get an address of this pool.</summary>
    public bool AutoAssign { get; init; } = true;

    /// <summary>Whether IPv4 addresses that end in .0 or .255 are never used, not even on request.</summary>
    public bool AvoidBuggyIps { get; init; }

    /// <summary>How long a released address rests before another Service may get it without asking for it. Zero or more.</summary>
    public TimeSpan ReuseAfter { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>What BGP speakers say about the addresses; empty for a pool without <see cref="AnnouncementProtocols.Bgp"/>.</summary>
    public EquatableArray<BgpAdvertisement> BgpAdvertisements { get; init; }

    public bool Contains(InetAddress address)
    {
        foreach (var range in Addresses)
        {
            if (range.Contains(address))
                return true;
        }

        return false;
    }
}
