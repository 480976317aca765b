using System.Globalization;

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
    /// <summary>Reads two decimal numbers of 0 to 65535 with a colon between them.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out BgpCommunity community)
    {
        community = default;
        var colon = text.IndexOf(':');
        if (colon < 0 || !TryParseHalf(text[..colon], out var high) || !TryParseHalf(text[(colon + 1)..], out var low))
            return false;
        community = new(high, low);
        return true;
    }

    public int CompareTo(BgpCommunity other)
    {
        var byHigh = High.CompareTo(other.High);
        return byHigh != 0 ? byHigh : Low.CompareTo(other.Low);
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{High}:{Low}");

    private static bool TryParseHalf(ReadOnlySpan<char> text, out ushort half) =>
        ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out half);
}
