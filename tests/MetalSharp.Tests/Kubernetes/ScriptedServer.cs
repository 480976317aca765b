using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Threading.Channels;
using System.Web;

namespace MetalSharp.Tests.Kubernetes;

/// <summary>An HTTP/1.1 server on loopback whose answers the test writes by hand, byte by byte where it wants to.</summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly TcpListener _listener;
    private readonly X509Certificate2? _certificate;
    private readonly X509Certificate2? _clientAuthority;
    private readonly CancellationTokenSource _stop = new();
    private readonly Channel<Exchange> _exchanges = Channel.CreateUnbounded<Exchange>();
    private readonly List<Task> _connections = [];
    private readonly Task _accepting;

    public ScriptedServer(X509Certificate2? certificate = null, X509Certificate2? clientAuthority = null, IPAddress? address = null)
    {
        _certificate = certificate;
        _clientAuthority = clientAuthority;
        _listener = new(address ?? IPAddress.Loopback, 0);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public Uri Address => new($"{(_certificate is null ? "http" : "https")}://{_listener.LocalEndpoint}");

    /// <summary>The next request, whoever sends it.</summary>
    public async Task<Exchange> NextAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        return await _exchanges.Reader.ReadAsync(patience.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (var connection in _connections)
            await connection.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (true)
            _connections.Add(ServeAsync(await _listener.AcceptSocketAsync(_stop.Token)));
    }

    private async Task ServeAsync(Socket socket)
    {
        await using var stream = new NetworkStream(socket, ownsSocket: true);
        if (_certificate is null)
        {
            await ServeAsync(socket, stream, null);
            return;
        }

        await using var secure = new SslStream(stream);
        await secure.AuthenticateAsServerAsync(
            new SslServerAuthenticationOptions
            {
                ServerCertificate = _certificate,
                ClientCertificateRequired = _clientAuthority is not null,
                ApplicationProtocols = [SslApplicationProtocol.Http11],
                EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
                RemoteCertificateValidationCallback = (_, client, _, _) =>
                    _clientAuthority is null || client is not null && client.Issuer == _clientAuthority.Subject,
            },
            _stop.Token);
        await ServeAsync(socket, secure, (secure.RemoteCertificate as X509Certificate2)?.Subject);
    }

    private async Task ServeAsync(Socket socket, Stream stream, string? client)
    {
        var buffer = new List<byte>();
        while (await ReadAsync(stream, buffer) is { } exchange)
        {
            exchange.Socket = socket;
            exchange.ClientCertificate = client;
            await _exchanges.Writer.WriteAsync(exchange);
            await exchange.Done.WaitAsync(_stop.Token);
        }
    }

    private async Task<Exchange?> ReadAsync(Stream stream, List<byte> buffer)
    {
        var chunk = new byte[4096];
        int head;
        while ((head = IndexOfBody(buffer)) < 0)
        {
            var read = await stream.ReadAsync(chunk, _stop.Token);
            if (read == 0)
                return null;
            buffer.AddRange(chunk[..read]);
        }

        var lines = Encoding.ASCII.GetString(buffer.ToArray(), 0, head).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        var headers = lines[1..].Select(line => line.Split(": ", 2)).ToDictionary(pair => pair[0], pair => pair[1], StringComparer.OrdinalIgnoreCase);
        var length = headers.TryGetValue("Content-Length", out var text) ? int.Parse(text, CultureInfo.InvariantCulture) : 0;
        while (buffer.Count < head + length)
        {
            var read = await stream.ReadAsync(chunk, _stop.Token);
            if (read == 0)
                return null;
            buffer.AddRange(chunk[..read]);
        }

        var body = Encoding.UTF8.GetString(buffer.ToArray(), head, length);
        buffer.RemoveRange(0, head + length);
        var request = lines[0].Split(' ');
        var target = request[1].Split('?', 2);
        return new(stream, request[0], target[0], target.Length > 1 ? target[1] : "", headers, body);
    }

    private static int IndexOfBody(List<byte> buffer)
    {
        for (var i = 3; i < buffer.Count; i++)
        {
            if (buffer[i - 3] == '\r' && buffer[i - 2] == '\n' && buffer[i - 1] == '\r' && buffer[i] == '\n')
                return i + 1;
        }

        return -1;
    }
}

/// <summary>One request, and the answer to it.</summary>
internal sealed class Exchange(Stream stream, string method, string path, string query, Dictionary<string, string> headers, string body)
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string Method => method;

    public string Path => path;

    public string Body => body;

    public string? ClientCertificate { get; set; }

    public Socket? Socket { get; set; }

    public Task Done => _done.Task;

    public bool IsWatch => Query("watch") == "true";

    public string? Query(string name) => HttpUtility.ParseQueryString(query)[name];

    public string? Header(string name) => headers.GetValueOrDefault(name);

    public async Task AnswerAsync(string json, int status = 200, string extraHeaders = "", string contentType = "application/json")
    {
        var bytes = Encoding.UTF8.GetBytes(json);
        await WriteAsync($"HTTP/1.1 {status} Status\r\nContent-Type: {contentType}\r\nContent-Length: {bytes.Length}\r\n{extraHeaders}\r\n");
        await stream.WriteAsync(bytes);
        _done.TrySetResult();
    }

    public Task RefuseAsync(int status, string reason, string message, string extraHeaders = "") => AnswerAsync(Refusal(status, reason, message), status, extraHeaders);

    public static string Refusal(int status, string reason, string message) =>
        $$"""{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"{{message}}","reason":"{{reason}}","code":{{status}}}""";

    /// <summary>Grants a watch.</summary>
    public Task BeginAsync() => WriteAsync("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n");

    public Task SendAsync(string type, string item) => SendRawAsync($"{{\"type\":\"{type}\",\"object\":{item}}}\n");

    /// <summary>A piece of a watch.</summary>
    public Task SendRawAsync(string text) => WriteAsync($"{Encoding.UTF8.GetByteCount(text):x}\r\n{text}\r\n");

    /// <summary>Ends a watch as a server does whose time is up.</summary>
    public async Task EndAsync()
    {
        await WriteAsync("0\r\n\r\n");
        _done.TrySetResult();
    }

    /// <summary>Breaks the connection.</summary>
    public void Cut()
    {
        Socket!.LingerState = new(true, 0);
        Socket.Close();
        _done.TrySetResult();
    }

    private async Task WriteAsync(string text) => await stream.WriteAsync(Encoding.UTF8.GetBytes(text));
}
