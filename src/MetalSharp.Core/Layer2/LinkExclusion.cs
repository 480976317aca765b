using System.Text.RegularExpressions;

namespace MetalSharp.Layer2;

/// <summary>Why no address is announced on an interface. The first that holds is the one that is told.</summary>
public enum LinkExclusion
{
    Loopback,

    /// <summary>Its name is one that container networks and virtual machines give their interfaces.</summary>
    ExcludedByName,

    /// <summary>Part of a bridge, bond or VRF: that one announces.</summary>
    Enslaved,
    NotEthernet,
    NoBroadcast,

    /// <summary>ARP is switched off on it.</summary>
    NoArp,
    Down,

    /// <summary>Up, but nothing is connected. It is announced on again, as if new, when something is.</summary>
    NoCarrier,

    /// <summary>The interface does not exist any more.</summary>
    Gone,
}

/// <summary>Decides on which interfaces addresses are announced.</summary>
public static partial class LinkEligibility
{
    /// <summary>Why the interface is not used, or null when it is.</summary>
    public static LinkExclusion? ExclusionOf(NetworkLink link) => link switch
    {
        _ when link.Flags.HasFlag(LinkFlags.Loopback) => LinkExclusion.Loopback,
        _ when ExcludedNames.IsMatch(link.Name) => LinkExclusion.ExcludedByName,
        { Master: not null } => LinkExclusion.Enslaved,
        { Mac: null } => LinkExclusion.NotEthernet,
        _ when !link.Flags.HasFlag(LinkFlags.Broadcast) => LinkExclusion.NoBroadcast,
        _ when link.Flags.HasFlag(LinkFlags.NoArp) => LinkExclusion.NoArp,
        _ when !link.Flags.HasFlag(LinkFlags.Up) => LinkExclusion.Down,
        _ when !link.Flags.HasFlag(LinkFlags.LowerUp) => LinkExclusion.NoCarrier,
        _ => null,
    };

    // The names that MetalLB excludes by default.
    [GeneratedRegex(
        "^docker.*|^cbr.*|^dummy.*|^virbr.*|^lxcbr.*|^veth.*|^lo$|^cali.*|^tunl.*|^flannel.*|^kube-ipvs.*|^cni.*|^nodelocaldns.*|^lxc.*",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex ExcludedNames { get; }
}
