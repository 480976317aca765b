using System.Globalization;

namespace MetalSharp.Net;

/// <summary>A CIDR prefix; host bits are always zero. Ordered by address, then by length.</summary>
public readonly record struct InetPrefix : IComparable<InetPrefix>
{
    /// <summary>The prefix of <paramref name="length"/> bits that contains <paramref name="address"/>: host bits are masked off.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The length is not 0 to 32 (IPv4) or 0 to 128 (IPv6).</exception>
    public InetPrefix(InetAddress address, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, address.Family.Bits());
        Address = new(address.Family, address.Value & ~HostMask(address.Family, length));
        Length = length;
    }

    public InetAddress Address { get; }

    public int Length { get; }

    public IpFamily Family => Address.Family;

    public InetAddress Last => new(Family, Address.Value | HostMask(Family, Length));

    public InetRange Range => new(Address, Last);

    /// <summary>Reads <c>address/length</c>; the length is decimal without sign or leading zeros. Host bits may be set and are masked off.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out InetPrefix prefix)
    {
        prefix = default;
        var slash = text.IndexOf('/');
        if (slash < 0 || !InetAddress.TryParse(text[..slash], out var address))
            return false;
        var digits = text[(slash + 1)..];
        if (digits.Length is 0 or > 3 || (digits.Length > 1 && digits[0] == '0'))
            return false;
        if (!int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var length) || length > address.Family.Bits())
            return false;
        prefix = new(address, length);
        return true;
    }

    /// <inheritdoc cref="TryParse"/>
    /// <exception cref="FormatException">The text is no prefix.</exception>
    public static InetPrefix Parse(ReadOnlySpan<char> text) =>
        TryParse(text, out var prefix) ? prefix : throw new FormatException($"\"{text}\" is not a CIDR prefix");

    public bool Contains(InetAddress address) => Range.Contains(address);

    public int CompareTo(InetPrefix other)
    {
        var byAddress = Address.CompareTo(other.Address);
        return byAddress != 0 ? byAddress : Length.CompareTo(other.Length);
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Address}/{Length}");

    private static UInt128 HostMask(IpFamily family, int length)
    {
        var hostBits = family.Bits() - length;
        // A shift by the full width of the type would be a shift by zero.
        return hostBits == 128 ? UInt128.MaxValue : (UInt128.One << hostBits) - 1;
    }
}
