using System.Net;
using System.Net.Sockets;
using System.Text;
using MetalSharp.Lab.Network;

namespace MetalSharp.Lab.Nodes;

/// <summary>
/// The program of an ordinary pod: over HTTP and UDP it says who it is, where it runs and whom it sees. It lives in the lab's
/// process, with its sockets in the pod's namespace.
/// </summary>
internal sealed class PageServer : IAsyncDisposable
{
    private readonly string _who;
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Socket> _sockets = [];
    private readonly List<Task> _loops = [];

    private PageServer(string who) => _who = who;

    public static PageServer Start(NetworkNamespace @namespace, IPAddress address, string pod, string node, IEnumerable<(ProtocolType Protocol, int Port)> ports)
    {
        var server = new PageServer($"This is {pod} on {node}");
        foreach (var (protocol, port) in ports)
        {
            var socket = @namespace.Inside(() => Open(protocol, new(address, port)));
            server._sockets.Add(socket);
            server._loops.Add(protocol == ProtocolType.Udp ? server.AnswerAsync(socket) : server.AcceptAsync(socket));
        }
        return server;
    }

    private static Socket Open(ProtocolType protocol, IPEndPoint endPoint)
    {
        var socket = new Socket(AddressFamily.InterNetwork, protocol == ProtocolType.Udp ? SocketType.Dgram : SocketType.Stream, protocol);
        socket.Bind(endPoint);
        if (protocol == ProtocolType.Tcp)
            socket.Listen(512);
        return socket;
    }

    private async Task AcceptAsync(Socket listener)
    {
        var visits = new HashSet<Task>();
        while (true)
        {
            var visitor = await listener.AcceptAsync(_stop.Token);
            visits.RemoveWhere(v => v.IsCompleted);
            visits.Add(ServeAsync(visitor));
        }
    }

    private async Task ServeAsync(Socket visitor)
    {
        using (visitor)
        {
            try
            {
                var client = ((IPEndPoint)visitor.RemoteEndPoint!).Address;
                var buffer = new byte[4096];
                var size = 0;
                while (size < buffer.Length && !buffer.AsSpan(0, size).EndsWith("\r\n\r\n"u8))
                {
                    var more = await visitor.ReceiveAsync(buffer.AsMemory(size), _stop.Token);
                    if (more == 0)
                        return;
                    size += more;
                }
                var page = $"{_who}; you are {client}.\n";
                await visitor.SendAsync(Encoding.ASCII.GetBytes(
                    $"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {page.Length}\r\nConnection: close\r\n\r\n{page}"), _stop.Token);
                visitor.Shutdown(SocketShutdown.Both);
            }
            catch (Exception gone) when (gone is SocketException or OperationCanceledException)
            {
                // The visitor hung up.
            }
        }
    }

    private async Task AnswerAsync(Socket socket)
    {
        var buffer = new byte[2048];
        while (true)
        {
            var question = await socket.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0), _stop.Token);
            await socket.SendToAsync(Encoding.ASCII.GetBytes($"{_who}; you are {((IPEndPoint)question.RemoteEndPoint).Address}.\n"), question.RemoteEndPoint, _stop.Token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        foreach (var socket in _sockets)
            socket.Dispose();
        await Task.WhenAll(_loops).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }
}
