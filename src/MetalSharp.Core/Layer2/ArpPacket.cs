using System.Buffers.Binary;
using MetalSharp.Net;

namespace MetalSharp.Layer2;

/// <summary>The operation of an ARP packet (RFC 826). Values without a name are kept as they are.</summary>
public enum ArpOperation : ushort
{
    Request = 1,
    Reply = 2,
}

/// <summary>An ARP packet for IPv4 over Ethernet (RFC 826). The lengths can have one value only and are therefore no fields.</summary>
public readonly record struct ArpPacket
{
    /// <summary>The length on the wire, in bytes.</summary>
    public const int Size = 28;

    // Hardware type 1, protocol type 0x0800, lengths 6 and 4.
    private const ulong EthernetIPv4 = 0x0001_0800_0604_0000;
    private const ulong OperationMask = 0xFFFF;

    private readonly uint _senderIp;
    private readonly uint _targetIp;

    /// <exception cref="ArgumentException">An address is not IPv4.</exception>
    public ArpPacket(ArpOperation operation, MacAddress senderMac, InetAddress senderIp, MacAddress targetMac, InetAddress targetIp)
    {
        if (!senderIp.IsIPv4)
            throw new ArgumentException("ARP resolves IPv4 addresses", nameof(senderIp));
        if (!targetIp.IsIPv4)
            throw new ArgumentException("ARP resolves IPv4 addresses", nameof(targetIp));
        Operation = operation;
        SenderMac = senderMac;
        TargetMac = targetMac;
        _senderIp = (uint)senderIp.Value;
        _targetIp = (uint)targetIp.Value;
    }

    public ArpOperation Operation { get; }

    public MacAddress SenderMac { get; }

    public InetAddress SenderIp => new(IpFamily.IPv4, _senderIp);

    public MacAddress TargetMac { get; }

    public InetAddress TargetIp => new(IpFamily.IPv4, _targetIp);

    /// <summary>RFC 5227 section 1.1: a request from 0.0.0.0 asks whether the address is free.</summary>
    public bool IsProbe => Operation == ArpOperation.Request && _senderIp == 0;

    /// <summary>
    /// The request that tells the LAN who has an address (RFC 5227 section 1.1, "ARP Announcement"). Its target MAC means nothing and is zero.
    /// </summary>
    public static ArpPacket Announcement(InetAddress address, MacAddress mac) => new(ArpOperation.Request, mac, address, default, address);

    /// <summary>
    /// The same said as a reply, for hosts that learn from replies only. Its target MAC is the sender's (RFC 5944 section 4.6); Linux takes
    /// it for gratuitous only then.
    /// </summary>
    public static ArpPacket GratuitousReply(InetAddress address, MacAddress mac) => new(ArpOperation.Reply, mac, address, mac, address);

    /// <summary>Reads the first <see cref="Size"/> bytes; what follows is padding.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out ArpPacket packet)
    {
        packet = default;
        if (bytes.Length < Size)
            return false;
        var head = BinaryPrimitives.ReadUInt64BigEndian(bytes);
        if ((head & ~OperationMask) != EthernetIPv4)
            return false;
        packet = new(
            (ArpOperation)(head & OperationMask),
            MacAddress.FromBytes(bytes[8..]),
            InetAddress.FromBytes(bytes[14..18]),
            MacAddress.FromBytes(bytes[18..]),
            InetAddress.FromBytes(bytes[24..28]));
        return true;
    }

    /// <summary>Writes <see cref="Size"/> bytes.</summary>
    //  0                   1                   2                   3
    //  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    // +-------------------------------+-------------------------------+
    // |       hardware type (1)       |    protocol type (0x0800)     |
    // +---------------+---------------+-------------------------------+
    // |  hw size (6)  | proto size (4)|           operation           |
    // +---------------+---------------+-------------------------------+
    // |                     sender MAC, sender IP                     |
    // |                     target MAC, target IP                     |
    // +---------------------------------------------------------------+
    public void Write(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt64BigEndian(bytes, EthernetIPv4 | (ushort)Operation);
        SenderMac.WriteBytes(bytes[8..]);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[14..], _senderIp);
        TargetMac.WriteBytes(bytes[18..]);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[24..], _targetIp);
    }

    /// <summary>
    /// Writes a whole frame of <see cref="EthernetHeader.MinimumFrameSize"/> bytes from the sender's MAC, padded with zeros.
    /// </summary>
    public void WriteFrame(Span<byte> frame, MacAddress destination)
    {
        new EthernetHeader(destination, SenderMac, EtherType.Arp).Write(frame);
        Write(frame[EthernetHeader.Size..]);
        frame[(EthernetHeader.Size + Size)..EthernetHeader.MinimumFrameSize].Clear();
    }
}
