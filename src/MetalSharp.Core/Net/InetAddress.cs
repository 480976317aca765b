using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Text;

namespace MetalSharp.Net;

/// <summary>
/// An IPv4 or IPv6 address as a number. Ordered by family, then by number. Has no zone and no port.
/// An IPv4-mapped IPv6 address (<c>::ffff:a.b.c.d</c>) is read as the IPv4 address it stands for.
/// </summary>
public readonly record struct InetAddress : IComparable<InetAddress>
{
    /// <exception cref="ArgumentOutOfRangeException">The number is wider than the family.</exception>
    public InetAddress(IpFamily family, UInt128 value)
    {
        if (family == IpFamily.IPv4)
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, uint.MaxValue);
        Family = family;
        Value = value;
    }

    public IpFamily Family { get; }

    /// <summary>The address in host order: at most 2^32 - 1 for IPv4.</summary>
    public UInt128 Value { get; }

    public bool IsIPv4 => Family == IpFamily.IPv4;

    /// <summary>4 or 16.</summary>
    public int ByteCount => IsIPv4 ? 4 : 16;

    /// <summary>224.0.0.0/4 (RFC 5771) or ff00::/8 (RFC 4291).</summary>
    public bool IsMulticast => IsIPv4 ? Value >> 28 == 0xE : Value >> 120 == 0xFF;

    public static bool operator <(InetAddress left, InetAddress right) => left.CompareTo(right) < 0;

    public static bool operator >(InetAddress left, InetAddress right) => left.CompareTo(right) > 0;

    public static bool operator <=(InetAddress left, InetAddress right) => left.CompareTo(right) <= 0;

    public static bool operator >=(InetAddress left, InetAddress right) => left.CompareTo(right) >= 0;

    /// <summary>
    /// Reads what operators write: four decimal octets without leading zeros, or the text form of RFC 4291 section 2.2.
    /// Zones, brackets, ports, hexadecimal and shortened IPv4 forms are refused.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<char> text, out InetAddress address)
    {
        address = default;
        if (!text.Contains(':'))
            return TryParseIPv4(text, out address);
        foreach (var c in text)
        {
            if (!char.IsAsciiHexDigit(c) && c is not (':' or '.'))
                return false;
        }

        if (!IPAddress.TryParse(text, out var parsed))
            return false;
        address = From(parsed);
        return true;
    }

    /// <inheritdoc cref="TryParse"/>
    /// <exception cref="FormatException">The text is no address.</exception>
    public static InetAddress Parse(ReadOnlySpan<char> text) =>
        TryParse(text, out var address) ? address : throw new FormatException($"\"{text}\" is not an IP address");

    /// <summary>Reads 4 or 16 bytes in network order. The length alone decides the family: 16 bytes stay IPv6, also when IPv4-mapped.</summary>
    /// <exception cref="ArgumentException">Any other length.</exception>
    public static InetAddress FromBytes(ReadOnlySpan<byte> bytes) => bytes.Length switch
    {
        4 => new(IpFamily.IPv4, BinaryPrimitives.ReadUInt32BigEndian(bytes)),
        16 => new(IpFamily.IPv6, BinaryPrimitives.ReadUInt128BigEndian(bytes)),
        _ => throw new ArgumentException("an address has 4 or 16 bytes", nameof(bytes)),
    };

    public static InetAddress From(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        plain.TryWriteBytes(bytes, out var length);
        return FromBytes(bytes[..length]);
    }

    /// <summary>Writes <see cref="ByteCount"/> bytes in network order.</summary>
    public void WriteBytes(Span<byte> destination)
    {
        if (IsIPv4)
            BinaryPrimitives.WriteUInt32BigEndian(destination, (uint)Value);
        else
            BinaryPrimitives.WriteUInt128BigEndian(destination, Value);
    }

    public IPAddress ToIPAddress()
    {
        Span<byte> bytes = stackalloc byte[16];
        WriteBytes(bytes);
        return new IPAddress(bytes[..ByteCount]);
    }

    public int CompareTo(InetAddress other)
    {
        // As numbers, since comparing enums allocates.
        var byFamily = ((byte)Family).CompareTo((byte)other.Family);
        return byFamily != 0 ? byFamily : Value.CompareTo(other.Value);
    }

    /// <summary>The canonical text: dotted decimal, or RFC 5952 (lower case, the longest run of zero groups as <c>::</c>).</summary>
    public override string ToString() => IsIPv4 ? IPv4Text((uint)Value) : IPv6Text();

    private static bool TryParseIPv4(ReadOnlySpan<char> text, out InetAddress address)
    {
        address = default;
        uint value = 0;
        var octets = 0;
        foreach (var part in text.Split('.'))
        {
            var digits = text[part];
            if (digits.Length is 0 or > 3 || (digits.Length > 1 && digits[0] == '0') || ++octets > 4)
                return false;
            uint octet = 0;
            foreach (var c in digits)
            {
                if (!char.IsAsciiDigit(c))
                    return false;
                octet = octet * 10 + (uint)(c - '0');
            }

            if (octet > byte.MaxValue)
                return false;
            value = value * 256 + octet;
        }

        if (octets != 4)
            return false;
        address = new(IpFamily.IPv4, value);
        return true;
    }

    private static string IPv4Text(uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return string.Create(CultureInfo.InvariantCulture, $"{bytes[0]}.{bytes[1]}.{bytes[2]}.{bytes[3]}");
    }

    private string IPv6Text()
    {
        Span<byte> bytes = stackalloc byte[16];
        WriteBytes(bytes);
        Span<ushort> groups = stackalloc ushort[8];
        for (var i = 0; i < groups.Length; i++)
            groups[i] = BinaryPrimitives.ReadUInt16BigEndian(bytes[(2 * i)..]);

        var (runStart, runLength) = LongestZeroRun(groups);
        var text = new StringBuilder(39);
        for (var i = 0; i < groups.Length; i++)
        {
            if (i == runStart)
            {
                text.Append("::");
                i += runLength - 1;
                continue;
            }

            if (text.Length > 0 && text[^1] != ':')
                text.Append(':');
            text.Append(CultureInfo.InvariantCulture, $"{groups[i]:x}");
        }

        return text.ToString();
    }

    // RFC 5952 section 4.2: the first of the longest runs, and never a single group.
    private static (int Start, int Length) LongestZeroRun(ReadOnlySpan<ushort> groups)
    {
        var (start, length) = (-1, 1);
        for (var i = 0; i < groups.Length; i++)
        {
            var run = 0;
            while (i + run < groups.Length && groups[i + run] == 0)
                run++;
            if (run > length)
                (start, length) = (i, run);
            i += run;
        }

        return (start, length);
    }
}
