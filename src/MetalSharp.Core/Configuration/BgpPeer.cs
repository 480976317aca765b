using MetalSharp.Bgp;
using MetalSharp.Net;

namespace MetalSharp.Configuration;

/// <summary>A router that speakers open a BGP session to.</summary>
public sealed record BgpPeer(Asn MyAsn, Asn PeerAsn, InetAddress Address)
{
    /// <summary>The local address of the session; null lets the kernel choose.</summary>
    public InetAddress? SourceAddress { get; init; }

    /// <summary>Never zero.</summary>
    public ushort Port { get; init; } = 179;

    /// <summary>Whole seconds: zero (the session never expires) or 3 to 65535 (RFC 4271 section 4.2).</summary>
    public TimeSpan HoldTime { get; init; } = TimeSpan.FromSeconds(90);

    /// <summary>At most <see cref="HoldTime"/>.</summary>
    public TimeSpan KeepaliveTime { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>An IPv4 address other than 0.0.0.0 (RFC 6286); null lets each speaker derive its own.</summary>
    public InetAddress? RouterId { get; init; }

    /// <summary>At least one. The peer is used from every node that one of them matches.</summary>
    public EquatableArray<LabelSelector> NodeSelectors { get; init; } = [LabelSelector.Everything];

    /// <summary>The key of the TCP MD5 option (RFC 2385), at most 80 bytes of UTF-8; null for none.</summary>
    public Secret? Password { get; init; }

    public BfdProfile? BfdProfile { get; init; }

    /// <summary>Whether the peer of another AS may be more than one hop away.</summary>
    public bool EbgpMultihop { get; init; }

    /// <summary>Whether both ends are in one autonomous system.</summary>
    public bool IsInternal => MyAsn == PeerAsn;

    /// <summary>Whether speakers on a node with these labels open the session.</summary>
    public bool IsUsedFrom(IReadOnlyDictionary<string, string> nodeLabels)
    {
        foreach (var selector in NodeSelectors)
        {
            if (selector.Matches(nodeLabels))
                return true;
        }

        return false;
    }
}
