namespace MetalSharp.Configuration;

/// <summary>How the addresses of a pool are announced over BGP.</summary>
public sealed record BgpAdvertisement
{
    /// <summary>The length of the announced IPv4 prefixes, 1 to 32.</summary>
    public int AggregationLength { get; init; } = 32;

    /// <summary>The length of the announced IPv6 prefixes, 1 to 128.</summary>
    public int AggregationLengthV6 { get; init; } = 128;

    /// <summary>LOCAL_PREF (RFC 4271 section 5.1.5), sent to iBGP peers only.</summary>
    public uint LocalPreference { get; init; }

    /// <summary>Communities (RFC 1997), in ascending order, each once.</summary>
    public EquatableArray<BgpCommunity> Communities { get; init; }
}

/// <summary>A community of RFC 1997: two 16-bit halves, written <c>high:low</c>.</summary>
public readonly record struct BgpCommunity(ushort High, ushort Low) : IComparable<BgpCommunity>
{
    public int CompareTo(BgpCommunity other)
    {
        var byHigh = High.CompareTo(other.High);
        return byHigh != 0 ? byHigh : Low.CompareTo(other.Low);
    }

    public override string ToString() => $"{High}:{Low}";
}
