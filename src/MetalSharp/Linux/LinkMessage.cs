using System.Runtime.InteropServices;
using System.Text;
using MetalSharp.Layer2;
using MetalSharp.Net;

namespace MetalSharp.Linux;

/// <summary>What rtnetlink(7) says about interfaces.</summary>
internal abstract record LinkMessage
{
    private LinkMessage()
    {
    }

    /// <summary>The interface exists, and this is how it is now.</summary>
    public sealed record Present(NetworkLink Link) : LinkMessage;

    /// <summary>The interface does not exist in this network namespace any more.</summary>
    public sealed record Gone(int Index) : LinkMessage;

    /// <summary>All interfaces have been listed. When something changed meanwhile the list may be inconsistent: ask again.</summary>
    public sealed record ListEnded(bool IsConsistent) : LinkMessage;

    /// <summary>The kernel refused what was asked, with an errno(3).</summary>
    public sealed record Refused(int Errno) : LinkMessage;

    /// <summary>Reads one datagram. Messages of other kinds, and whatever follows a length that cannot be, are left out.</summary>
    //  0                   1                   2                   3
    // +---------------------------------------------------------------+
    // |                    length with this header                    |  struct nlmsghdr, in the byte order of the host
    // +-------------------------------+-------------------------------+
    // |             type              |             flags             |
    // +-------------------------------+-------------------------------+
    // |                        sequence number                        |
    // +---------------------------------------------------------------+
    // |                            port id                            |
    // +---------------+---------------+-------------------------------+
    // |    family     |       0       |   hardware type (ARPHRD_*)    |  struct ifinfomsg
    // +---------------+---------------+-------------------------------+
    // |                        interface index                        |
    // +---------------------------------------------------------------+
    // |                             flags                             |
    // +---------------------------------------------------------------+
    // |                     flags that have changed                   |
    // +---------------------------------------------------------------+
    // |  then attributes: length, type, value, each padded to 4 bytes |
    public static List<LinkMessage> Parse(ReadOnlySpan<byte> datagram)
    {
        List<LinkMessage> messages = [];
        while (datagram.Length >= HeaderSize)
        {
            var length = MemoryMarshal.Read<int>(datagram);
            if (length < HeaderSize || length > datagram.Length)
                break;
            var type = MemoryMarshal.Read<ushort>(datagram[4..]);
            var flags = MemoryMarshal.Read<ushort>(datagram[6..]);
            if (Read(type, flags, datagram[HeaderSize..length]) is { } message)
                messages.Add(message);
            datagram = datagram[Math.Min(Aligned(length), datagram.Length)..];
        }

        return messages;
    }

    /// <summary>The request that lists all interfaces, without their statistics.</summary>
    public static byte[] ListRequest()
    {
        var request = new byte[HeaderSize + InfoSize + AttributeHeaderSize + sizeof(uint)];
        MemoryMarshal.Write(request, request.Length);
        MemoryMarshal.Write(request.AsSpan(4), GetLink);
        MemoryMarshal.Write(request.AsSpan(6), (ushort)(FlagRequest | FlagDump));
        var attribute = request.AsSpan(HeaderSize + InfoSize);
        MemoryMarshal.Write(attribute, (ushort)attribute.Length);
        MemoryMarshal.Write(attribute[2..], AttributeExtendedMask);
        MemoryMarshal.Write(attribute[4..], SkipStatistics);
        return request;
    }

    private const int HeaderSize = 16;
    private const int InfoSize = 16;
    private const int AttributeHeaderSize = 4;

    private const ushort MessageError = 2;
    private const ushort MessageDone = 3;
    private const ushort NewLink = 16;
    private const ushort DeleteLink = 17;
    private const ushort GetLink = 18;

    private const ushort FlagRequest = 0x1;
    private const ushort FlagDumpInterrupted = 0x10;
    private const ushort FlagDump = 0x300;

    private const ushort AttributeAddress = 1;
    private const ushort AttributeName = 3;
    private const ushort AttributeMaster = 10;
    private const ushort AttributeWireless = 11;
    private const ushort AttributeExtendedMask = 29;
    private const uint SkipStatistics = 1 << 3;

    private const ushort HardwareEthernet = 1;

    private static LinkMessage? Read(ushort type, ushort flags, ReadOnlySpan<byte> payload) => type switch
    {
        NewLink => ReadLink(payload) is { } link ? new Present(link) : null,
        DeleteLink => IsAboutLink(payload) ? new Gone(MemoryMarshal.Read<int>(payload[4..])) : null,
        MessageDone => new ListEnded((flags & FlagDumpInterrupted) == 0),
        MessageError when payload.Length >= sizeof(int) => new Refused(-MemoryMarshal.Read<int>(payload)),
        _ => null,
    };

    // A bridge reports its ports in messages of its own family: their deletion means only that the port left the bridge.
    private static bool IsAboutLink(ReadOnlySpan<byte> payload) => payload.Length >= InfoSize && payload[0] == 0;

    private static NetworkLink? ReadLink(ReadOnlySpan<byte> payload)
    {
        if (!IsAboutLink(payload))
            return null;
        var hardware = MemoryMarshal.Read<ushort>(payload[2..]);
        var index = MemoryMarshal.Read<int>(payload[4..]);
        var flags = (LinkFlags)MemoryMarshal.Read<uint>(payload[8..]);
        string? name = null;
        MacAddress? mac = null;
        int? master = null;
        var rest = payload[InfoSize..];
        while (rest.Length >= AttributeHeaderSize)
        {
            var length = MemoryMarshal.Read<ushort>(rest);
            if (length < AttributeHeaderSize || length > rest.Length)
                break;
            var value = rest[AttributeHeaderSize..length];
            switch (MemoryMarshal.Read<ushort>(rest[2..]))
            {
                case AttributeName:
                    name = Encoding.UTF8.GetString(value.TrimEnd((byte)0));
                    break;
                case AttributeAddress when hardware == HardwareEthernet && value.Length == MacAddress.Size:
                    mac = MacAddress.FromBytes(value);
                    break;
                case AttributeMaster when value.Length == sizeof(int):
                    master = MemoryMarshal.Read<int>(value);
                    break;
                case AttributeWireless:
                    // A report of a wireless driver, which carries only what it is about.
                    return null;
            }

            rest = rest[Math.Min(Aligned(length), rest.Length)..];
        }

        return name is null ? null : new NetworkLink(index, name, mac, flags, master);
    }

    private static int Aligned(int length) => (length + 3) & ~3;
}
