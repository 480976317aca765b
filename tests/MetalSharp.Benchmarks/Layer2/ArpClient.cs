using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using MetalSharp.Layer2;
using MetalSharp.Linux;
using MetalSharp.Net;

namespace MetalSharp.Benchmarks.Layer2;

/// <summary>Asks by ARP on one interface and waits for the answer on a blocking thread.</summary>
internal sealed class ArpClient : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.Packet, SocketType.Raw, 0) { ReceiveTimeout = 1_000, ReceiveBufferSize = 1 << 20 };
    private readonly SocketAddress _by;
    private readonly SocketAddress _from = new(AddressFamily.Packet, 128);
    private readonly MacAddress _mac;
    private readonly InetAddress _ip;
    private readonly byte[] _frame = new byte[EthernetHeader.MinimumFrameSize];

    private ArpClient(NetworkLink link, InetAddress ip)
    {
        _mac = link.Mac!.Value;
        _ip = ip;
        _by = PacketSocket.By(EtherType.Arp, link.Index);
        _socket.Bind(new Address(_by));
    }

    public static async Task<ArpClient> OpenAsync(string interfaceName, InetAddress ip)
    {
        await foreach (var links in InterfaceMonitor.WatchAsync(CancellationToken.None))
        {
            if (links.Values.FirstOrDefault(link => link.Name == interfaceName && link.Flags.HasFlag(LinkFlags.LowerUp)) is { } found)
                return new ArpClient(found, ip);
        }

        throw new InvalidOperationException("the sequence of interfaces has no end");
    }

    /// <summary>The time from sending a request to having its answer; null when there is none within a second.</summary>
    public TimeSpan? Ask(InetAddress target)
    {
        new ArpPacket(ArpOperation.Request, _mac, _ip, default, target).WriteFrame(_frame, MacAddress.Broadcast);
        var asked = Stopwatch.GetTimestamp();
        _socket.SendTo(_frame, SocketFlags.None, _by);
        return Hears(packet => packet.Operation == ArpOperation.Reply && packet.SenderIp == target && packet.TargetMac == _mac, asked);
    }

    /// <summary>The time from a moment until each of the addresses has been announced; null when a second passes without any frame.</summary>
    public TimeSpan? HearsAnnouncements(IEnumerable<InetAddress> addresses, long since)
    {
        HashSet<InetAddress> awaited = [.. addresses];
        return Hears(packet => packet.SenderIp == packet.TargetIp && awaited.Remove(packet.SenderIp) && awaited.Count == 0, since);
    }

    private TimeSpan? Hears(Func<ArpPacket, bool> awaited, long since)
    {
        Span<byte> frame = stackalloc byte[128];
        try
        {
            while (true)
            {
                _from.Size = 128;
                var length = _socket.ReceiveFrom(frame, SocketFlags.None, _from);
                var time = Stopwatch.GetElapsedTime(since);
                if (ArpPacket.TryParse(frame[EthernetHeader.Size..length], out var packet) && awaited(packet))
                    return time;
            }
        }
        catch (SocketException failure) when (failure.SocketErrorCode is SocketError.TimedOut or SocketError.WouldBlock)
        {
            return null;
        }
    }

    public void Send(ReadOnlySpan<byte> frame) => _socket.SendTo(frame, SocketFlags.None, _by);

    /// <summary>A request as <see cref="Ask"/> sends it.</summary>
    public byte[] Request(InetAddress target)
    {
        new ArpPacket(ArpOperation.Request, _mac, _ip, default, target).WriteFrame(_frame, MacAddress.Broadcast);
        return [.. _frame];
    }

    public void Dispose() => _socket.Dispose();

    private sealed class Address(SocketAddress address) : EndPoint
    {
        public override AddressFamily AddressFamily => AddressFamily.Packet;

        public override SocketAddress Serialize() => address;
    }
}
