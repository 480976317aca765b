using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging;

namespace MetalSharp.Observability;

/// <summary>
/// The probes and metrics of one process over plain HTTP: <c>GET</c> or <c>HEAD</c> of <c>/healthz</c>, <c>/readyz</c> and <c>/metrics</c>,
/// one request per connection, on IPv4 and IPv6. The runtime's own listener binds its wildcard to IPv4 only, and a web framework costs
/// more memory than the rest of a speaker.
/// </summary>
internal sealed partial class StatusServer : IDisposable
{
    private const int LongestRequestHead = 8192;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly Socket _listener;
    private readonly Health _health;
    private readonly MetricRegistry _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    // More clients than this wait in the kernel's queue.
    private readonly SemaphoreSlim _places = new(16);

    /// <param name="port">0 lets the kernel choose; see <see cref="Port"/>.</param>
    /// <exception cref="SocketException">The port is taken.</exception>
    public StatusServer(int port, Health health, MetricRegistry metrics, TimeProvider time, ILogger logger)
    {
        (_health, _metrics, _time, _logger) = (health, metrics, time, logger);
        _listener = Listen(port);
    }

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await _places.WaitAsync(stop);
            try
            {
                _ = AnswerAsync(await _listener.AcceptAsync(stop), stop);
            }
            catch (SocketException failure)
            {
                // A client that was gone before it was accepted, or no file descriptor left: both pass.
                _places.Release();
                LogAcceptFailed(failure.SocketErrorCode);
                await Task.Delay(TimeSpan.FromMilliseconds(100), _time, stop);
            }
        }
    }

    public void Dispose()
    {
        _listener.Dispose();
        _places.Dispose();
    }

    internal (HttpStatusCode Status, string ContentType, string Body) Respond(string requestLine)
    {
        const string plain = "text/plain; charset=utf-8";
        var parts = requestLine.Split(' ');
        if (parts.Length != 3 || !parts[2].StartsWith("HTTP/1.", StringComparison.Ordinal))
            return (HttpStatusCode.BadRequest, plain, "not an HTTP/1 request\n");
        if (parts[0] is not ("GET" or "HEAD"))
            return (HttpStatusCode.MethodNotAllowed, plain, "only GET and HEAD\n");
        return parts[1].Split('?')[0] switch
        {
            "/healthz" => Probe(_health.Stuck()),
            "/readyz" => Probe(_health.Unready()),
            "/metrics" => (HttpStatusCode.OK, MetricRegistry.ContentType, _metrics.Text()),
            _ => (HttpStatusCode.NotFound, plain, "there are /healthz, /readyz and /metrics\n"),
        };

        static (HttpStatusCode, string, string) Probe(IReadOnlyList<string> complaints) => complaints.Count == 0
            ? (HttpStatusCode.OK, plain, "ok\n")
            : (HttpStatusCode.ServiceUnavailable, plain, string.Join('\n', complaints) + "\n");
    }

    private static Socket Listen(int port)
    {
        var (family, any) = Socket.OSSupportsIPv6 ? (AddressFamily.InterNetworkV6, IPAddress.IPv6Any) : (AddressFamily.InterNetwork, IPAddress.Any);
        var socket = new Socket(family, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (family == AddressFamily.InterNetworkV6)
                socket.DualMode = true;
            socket.Bind(new IPEndPoint(any, port));
            socket.Listen(64);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task AnswerAsync(Socket client, CancellationToken stop)
    {
        using var timeout = new CancellationTokenSource(Patience, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, timeout.Token);
        try
        {
            using (client)
            {
                var requestLine = await ReadRequestLineAsync(client, either.Token);
                var (status, contentType, body) = Respond(requestLine);
                var bytes = Encoding.UTF8.GetBytes(body);
                var head = string.Create(CultureInfo.InvariantCulture,
                    $"HTTP/1.1 {(int)status} {status}\r\nContent-Type: {contentType}\r\nContent-Length: {bytes.Length}\r\nConnection: close\r\n\r\n");
                await SendAllAsync(client, Encoding.ASCII.GetBytes(head), either.Token);
                if (!requestLine.StartsWith("HEAD ", StringComparison.Ordinal))
                    await SendAllAsync(client, bytes, either.Token);
                client.Shutdown(SocketShutdown.Send);
            }
        }
        catch (Exception failure) when (failure is SocketException or OperationCanceledException)
        {
            // The client went away or was too slow; it will ask again.
        }
        finally
        {
            _places.Release();
        }
    }

    // Reads to the end of the head, so that closing does not reset the connection under the answer.
    private static async Task<string> ReadRequestLineAsync(Socket client, CancellationToken stop)
    {
        var buffer = new byte[LongestRequestHead];
        var length = 0;
        while (length < buffer.Length && buffer.AsSpan(0, length).IndexOf("\r\n\r\n"u8) < 0)
        {
            var read = await client.ReceiveAsync(buffer.AsMemory(length), stop);
            if (read == 0)
                break;
            length += read;
        }

        var end = buffer.AsSpan(0, length).IndexOf("\r\n"u8);
        return Encoding.ASCII.GetString(buffer, 0, Math.Max(end, 0));
    }

    private static async Task SendAllAsync(Socket client, ReadOnlyMemory<byte> bytes, CancellationToken stop)
    {
        while (!bytes.IsEmpty)
            bytes = bytes[await client.SendAsync(bytes, stop)..];
    }

    [LoggerMessage(EventName = "statusServerAcceptFailed", Level = LogLevel.Warning, Message = "a probe or metrics client could not be accepted: {Reason}")]
    private partial void LogAcceptFailed(SocketError reason);
}
