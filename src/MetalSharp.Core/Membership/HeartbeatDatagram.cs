using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace MetalSharp.Membership;

/// <summary>What a heartbeat says of its sender.</summary>
public enum HeartbeatKind : byte
{
    /// <summary>Alive, but has not decided yet what it announces: do not count on it.</summary>
    Joining = 1,

    /// <summary>Alive and announcing.</summary>
    Ready = 2,

    /// <summary>Ends now.</summary>
    Leaving = 3,
}

/// <summary>
/// One heartbeat on the wire: 4 bytes magic, 1 byte version, 1 byte kind, 8 bytes incarnation (big-endian), 1 byte length of
/// the name, the name in UTF-8, and nothing after it. Not authenticated: whoever can send to the port can lie.
/// </summary>
/// <param name="Incarnation">Grows with every start of the process.</param>
public readonly record struct HeartbeatDatagram(HeartbeatKind Kind, ulong Incarnation, NodeName Node)
{
    /// <summary>The length of the longest one, in bytes.</summary>
    public const int MaxSize = HeaderSize + MaxNameSize;

    private const int HeaderSize = 15;

    // The longest name the API allows for a Node (a DNS subdomain).
    private const int MaxNameSize = 253;

    private const byte Version = 1;

    // A name of the API is ASCII; anything else could look alike in a log.
    private static readonly SearchValues<byte> NameBytes = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-."u8);

    private static ReadOnlySpan<byte> Magic => "MSHB"u8;

    public static bool TryParse(ReadOnlySpan<byte> bytes, out HeartbeatDatagram datagram)
    {
        datagram = default;
        if (bytes.Length is <= HeaderSize or > MaxSize || !bytes.StartsWith(Magic) || bytes[4] != Version)
            return false;
        var kind = (HeartbeatKind)bytes[5];
        var name = bytes[HeaderSize..];
        if (kind is < HeartbeatKind.Joining or > HeartbeatKind.Leaving || bytes[14] != name.Length || !IsName(name))
            return false;
        datagram = new(kind, BinaryPrimitives.ReadUInt64BigEndian(bytes[6..]), new NodeName(Encoding.ASCII.GetString(name)));
        return true;
    }

    /// <exception cref="ArgumentException">The name cannot be the name of a Node.</exception>
    public byte[] ToBytes()
    {
        var name = Encoding.UTF8.GetBytes(Node.Value);
        if (name.Length is 0 or > MaxNameSize || !IsName(name))
            throw new ArgumentException($"\"{Node}\" cannot be the name of a Node: it has 1 to {MaxNameSize} characters of a-z, 0-9, '-' and '.'");
        var bytes = new byte[HeaderSize + name.Length];
        Magic.CopyTo(bytes);
        bytes[4] = Version;
        bytes[5] = (byte)Kind;
        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(6), Incarnation);
        bytes[14] = (byte)name.Length;
        name.CopyTo(bytes, HeaderSize);
        return bytes;
    }

    private static bool IsName(ReadOnlySpan<byte> name) => !name.ContainsAnyExcept(NameBytes);
}
