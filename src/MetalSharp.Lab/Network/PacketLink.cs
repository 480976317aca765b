using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using MetalSharp.Layer2;

namespace MetalSharp.Lab.Network;

/// <summary>A packet(7) socket for ARP on an interface of the namespace that it is opened in.</summary>
internal sealed class PacketLink : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.Packet, SocketType.Raw, 0);
    private readonly SocketAddress _address = new(AddressFamily.Packet, 20);

    private PacketLink(string @interface)
    {
        // struct sockaddr_ll: after the family the protocol, in network order, and the number of the interface.
        BinaryPrimitives.WriteUInt16BigEndian(_address.Buffer.Span[2..], (ushort)EtherType.Arp);
        BinaryPrimitives.WriteInt32LittleEndian(_address.Buffer.Span[4..], NetworkNamespace.InterfaceIndex(@interface));
        _socket.Bind(new LinkEndPoint(_address));
        _socket.ReceiveTimeout = 200;
    }

    public static PacketLink Open(string @interface = "eth0") => new(@interface);

    /// <summary>Whether the frame went out: not while the link is down.</summary>
    public bool Send(ReadOnlySpan<byte> frame)
    {
        try
        {
            return _socket.SendTo(frame, SocketFlags.None, _address) == frame.Length;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>The length of the next frame; 0 when none comes for a while.</summary>
    public int Receive(Span<byte> frame)
    {
        try
        {
            return _socket.Receive(frame);
        }
        catch (SocketException)
        {
            return 0;
        }
    }

    public void Dispose() => _socket.Dispose();

    private sealed class LinkEndPoint(SocketAddress address) : EndPoint
    {
        public override AddressFamily AddressFamily => AddressFamily.Packet;

        public override SocketAddress Serialize() => address;
    }
}
