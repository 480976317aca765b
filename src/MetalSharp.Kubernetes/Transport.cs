using System.Net;
using System.Net.Security;
using System.Net.Sockets;

namespace MetalSharp.Kubernetes;

/// <summary>
/// The connections below HTTP. A peer that died without a word is noticed within a minute: on HTTP/2 by pings, on HTTP/1.1 by TCP itself.
/// Proxies are not used.
/// </summary>
internal static class Transport
{
    private const int TcpUserTimeout = 18;

    public static SocketsHttpHandler CreateHandler(ClusterAccess access) => new()
    {
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.GZip,
        ConnectTimeout = TimeSpan.FromSeconds(10),
        PooledConnectionLifetime = TimeSpan.FromMinutes(15),
        PooledConnectionIdleTimeout = TimeSpan.FromMinutes(1),
        EnableMultipleHttp2Connections = true,
        KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
        KeepAlivePingDelay = TimeSpan.FromSeconds(20),
        KeepAlivePingTimeout = TimeSpan.FromSeconds(15),
        ConnectCallback = (context, cancel) => ConnectAsync(access, context.DnsEndPoint, cancel),
    };

    private static async ValueTask<Stream> ConnectAsync(ClusterAccess access, DnsEndPoint server, CancellationToken cancel)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, 15);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, 10);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, 3);
            // Keep-alive is silent while sent bytes wait for their acknowledgement; this bounds that wait.
            if (OperatingSystem.IsLinux())
                socket.SetRawSocketOption((int)SocketOptionLevel.Tcp, TcpUserTimeout, BitConverter.GetBytes(45_000));
            await socket.ConnectAsync(server, cancel);
            var stream = new NetworkStream(socket, ownsSocket: true);
            return access.CreateTlsOptions(server.Host) is { } tls ? await SecureAsync(stream, tls, cancel) : stream;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static async Task<Stream> SecureAsync(NetworkStream plain, SslClientAuthenticationOptions tls, CancellationToken cancel)
    {
        var stream = new SslStream(plain);
        try
        {
            await stream.AuthenticateAsClientAsync(tls, cancel);
            return stream;
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
    }
}
