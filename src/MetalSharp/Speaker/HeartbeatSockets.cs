using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using MetalSharp.Membership;
using MetalSharp.Net;

namespace MetalSharp.Speaker;

/// <summary>
/// The UDP side of membership: one socket that hears everybody, and one for each member that is connected to it, so that the
/// kernel says when the member's host refuses. Used by one thread; only <see cref="Wake"/> may be called from any.
/// </summary>
internal sealed class HeartbeatSockets : IDisposable
{
    public const int Port = 7946;

    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1);

    // ::ffff:a.b.c.d (RFC 4291 section 2.5.5.2): how a socket of both families shows an IPv4 sender.
    private static ReadOnlySpan<byte> MappedPrefix => [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF];

    private readonly Dictionary<Member, Socket> _members = [];
    private readonly List<Socket> _readable = [];
    private readonly List<Socket> _failed = [];
    private readonly Socket _listener;
    private readonly Socket _bell;
    private readonly SocketAddress _sender;

    private readonly int _memberPort;

    /// <param name="listenPort">Where this speaker listens: <see cref="Port"/>, or 0 for any free port.</param>
    /// <param name="memberPort">Where the others listen.</param>
    /// <exception cref="SocketException">The port is taken.</exception>
    public HeartbeatSockets(int listenPort, int memberPort)
    {
        _memberPort = memberPort;
        var family = Socket.OSSupportsIPv6 ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork;
        _listener = new Socket(family, SocketType.Dgram, ProtocolType.Udp) { Blocking = false };
        _bell = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { Blocking = false };
        var anybody = new IPEndPoint(family == AddressFamily.InterNetworkV6 ? IPAddress.IPv6Any : IPAddress.Any, listenPort);
        _sender = new SocketAddress(family);
        try
        {
            if (family == AddressFamily.InterNetworkV6)
                _listener.DualMode = true;
            _listener.Bind(anybody);
            // An abstract name (unix(7)): nothing in the file system, which may be read-only.
            var name = new UnixDomainSocketEndPoint(string.Create(CultureInfo.InvariantCulture, $"\0metalsharp-{Environment.ProcessId}-{Guid.NewGuid():N}"));
            _bell.Bind(name);
            _bell.Connect(name);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Where this speaker listens.</summary>
    public int ListenPort => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    /// <summary>Ends the present or next <see cref="Wait"/>.</summary>
    public void Wake()
    {
        try
        {
            _bell.Send([1]);
        }
        catch (SocketException)
        {
            // Full: then it rings already.
        }
        catch (ObjectDisposedException)
        {
            // The loop has ended.
        }
    }

    /// <summary>Waits until there is something to receive, a refusal to take, a wake-up, or nothing for this long.</summary>
    public void Wait(TimeSpan atMost)
    {
        _readable.Clear();
        _readable.Add(_listener);
        _readable.Add(_bell);
        _failed.Clear();
        _failed.AddRange(_members.Values);
        var wait = atMost < LongestWait ? atMost : LongestWait;
        Socket.Select(_readable, null, _failed, wait < TimeSpan.Zero ? TimeSpan.Zero : wait);
        if (!_readable.Contains(_bell))
            return;
        Span<byte> rings = stackalloc byte[1];
        while (_bell.Available > 0)
            _bell.Receive(rings);
    }

    /// <summary>Takes one datagram, if there is one. The rest of a longer one is lost, and the length says that it was longer.</summary>
    public bool TryReceive(Span<byte> buffer, out int length, out InetAddress from)
    {
        (length, from) = (0, default);
        try
        {
            length = _listener.ReceiveFrom(buffer, SocketFlags.None, _sender);
        }
        catch (SocketException failure) when (failure.SocketErrorCode == SocketError.WouldBlock)
        {
            return false;
        }

        from = Sender();
        return true;
    }

    /// <summary>Takes one member whose host has refused a datagram, if there is one.</summary>
    public bool TryTakeRefused(out NodeName member)
    {
        member = default;
        foreach (var (candidate, socket) in _members)
        {
            if (!_failed.Remove(socket))
                continue;
            // Reading the error clears it (socket(7)).
            if (!IsRefusal(socket))
                continue;
            member = candidate.Node;
            return true;
        }

        return false;
    }

    /// <summary>Sends to a member. A datagram that cannot be sent is lost, as any may be: the next one follows soon.</summary>
    public void Send(Member to, ReadOnlySpan<byte> datagram)
    {
        if (!_members.TryGetValue(to, out var socket) && !TryConnect(to, out socket))
            return;
        try
        {
            socket.Send(datagram);
        }
        catch (SocketException failure) when (failure.SocketErrorCode == SocketError.ConnectionRefused)
        {
            // A refusal of an earlier datagram, told in the place of sending this one. Select told of it too, or will.
            TrySendAgain(socket, datagram);
        }
        catch (SocketException failure) when (failure.SocketErrorCode == SocketError.WouldBlock)
        {
        }
        catch (SocketException)
        {
            // The way there has changed, and with it perhaps the address to send from: connect anew.
            Disconnect(to);
        }
    }

    /// <summary>Forgets all members but these.</summary>
    public void Keep(IReadOnlyCollection<Member> members)
    {
        foreach (var gone in _members.Keys.Except(members).ToList())
            Disconnect(gone);
    }

    public void Dispose()
    {
        foreach (var socket in _members.Values)
            socket.Dispose();
        _listener.Dispose();
        _bell.Dispose();
    }

    // sockaddr_in and sockaddr_in6 (ip(7), ipv6(7)), read in place: an end point per datagram would be most of what an idle speaker allocates.
    private InetAddress Sender()
    {
        var bytes = _sender.Buffer.Span;
        if (_sender.Family == AddressFamily.InterNetwork)
            return InetAddress.FromBytes(bytes[4..8]);
        var address = bytes[8..24];
        return address.StartsWith(MappedPrefix) ? InetAddress.FromBytes(address[12..]) : InetAddress.FromBytes(address);
    }

    private static bool IsRefusal(Socket socket) =>
        (SocketError)(int)socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error)! == SocketError.ConnectionRefused;

    private static void TrySendAgain(Socket socket, ReadOnlySpan<byte> datagram)
    {
        try
        {
            socket.Send(datagram);
        }
        catch (SocketException)
        {
        }
    }

    private bool TryConnect(Member to, [NotNullWhen(true)] out Socket? socket)
    {
        socket = new Socket(to.Address.IsIPv4 ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6, SocketType.Dgram, ProtocolType.Udp)
        {
            Blocking = false,
        };
        try
        {
            socket.Connect(to.Address.ToIPAddress(), _memberPort);
        }
        catch (SocketException)
        {
            // No way there at the moment.
            socket.Dispose();
            socket = null;
            return false;
        }

        _members[to] = socket;
        return true;
    }

    private void Disconnect(Member member)
    {
        if (_members.Remove(member, out var socket))
            socket.Dispose();
    }
}
