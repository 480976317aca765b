using System.Globalization;

namespace MetalSharp.Bgp;

/// <summary>An autonomous system number of four octets (RFC 6793). Zero is representable, since a peer may send it, but never valid (RFC 7607).</summary>
public readonly record struct Asn(uint Value)
{
    /// <summary>AS_TRANS, which stands in two octets for every number that needs four (RFC 6793 section 9).</summary>
    public static readonly Asn Trans = new(23456);

    public bool FitsTwoOctets => Value <= ushort.MaxValue;

    /// <summary>The number as an old speaker sees it.</summary>
    public ushort TwoOctets => (ushort)(FitsTwoOctets ? Value : Trans.Value);

    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}
