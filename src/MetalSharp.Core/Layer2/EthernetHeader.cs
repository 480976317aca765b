using System.Buffers.Binary;
using MetalSharp.Net;

namespace MetalSharp.Layer2;

/// <summary>
/// The header of an untagged Ethernet II frame. The kernel hands a tagged frame to the VLAN's own interface without its tag, so a
/// tag that is still there is no business of this interface and does not parse.
/// </summary>
public readonly record struct EthernetHeader
{
    /// <summary>The length on the wire, in bytes.</summary>
    public const int Size = 14;

    /// <summary>The shortest frame without its checksum (IEEE 802.3): what is shorter is padded.</summary>
    public const int MinimumFrameSize = 60;

    /// <exception cref="ArgumentOutOfRangeException">The type is an IEEE 802.3 length or announces a VLAN tag.</exception>
    public EthernetHeader(MacAddress destination, MacAddress source, EtherType type)
    {
        if (!IsUntagged(type))
            throw new ArgumentOutOfRangeException(nameof(type), type, "neither a length nor a VLAN tag is the type of an untagged frame");
        Destination = destination;
        Source = source;
        Type = type;
    }

    public MacAddress Destination { get; }

    public MacAddress Source { get; }

    public EtherType Type { get; }

    public static bool TryParse(ReadOnlySpan<byte> frame, out EthernetHeader header)
    {
        header = default;
        if (frame.Length < Size)
            return false;
        var type = (EtherType)BinaryPrimitives.ReadUInt16BigEndian(frame[12..]);
        if (!IsUntagged(type))
            return false;
        header = new(MacAddress.FromBytes(frame), MacAddress.FromBytes(frame[6..]), type);
        return true;
    }

    public void Write(Span<byte> frame)
    {
        Destination.WriteBytes(frame);
        Source.WriteBytes(frame[6..]);
        BinaryPrimitives.WriteUInt16BigEndian(frame[12..], (ushort)Type);
    }

    private static bool IsUntagged(EtherType type) =>
        type >= EtherType.Smallest && type is not (EtherType.VlanTag or EtherType.ServiceVlanTag);
}
