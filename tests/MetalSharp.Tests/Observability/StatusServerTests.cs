using System.Net;
using System.Net.Sockets;
using System.Text;
using MetalSharp.Observability;
using Microsoft.Extensions.Logging.Abstractions;

namespace MetalSharp.Tests.Observability;

public sealed class StatusServerTests : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Health _health = new(TimeProvider.System);
    private readonly StatusServer _server;
    private readonly Task _running;

    public StatusServerTests()
    {
        var metrics = new MetricRegistry();
        metrics.Counter("seen", "Seen.").With().Increment();
        _server = new StatusServer(0, _health, metrics, TimeProvider.System, NullLogger.Instance);
        _running = _server.RunAsync(_stop.Token);
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("[::1]")]
    public async Task Answers_probes_and_metrics_on_both_families(string host)
    {
        using var client = new HttpClient { BaseAddress = new Uri($"http://{host}:{_server.Port}") };
        Assert.Equal("ok\n", await client.GetStringAsync("/healthz"));
        Assert.Contains("seen 1\n", await client.GetStringAsync("/metrics?name=x"), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync("/")).StatusCode);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await client.PostAsync("/metrics", null)).StatusCode);
        Assert.Equal("", await (await client.SendAsync(new(HttpMethod.Head, "/metrics"))).Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Readiness_says_what_is_waited_for()
    {
        var synced = false;
        _health.AddCondition("the Services to be listed", () => synced);
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{_server.Port}") };
        var waiting = await client.GetAsync("/readyz");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, waiting.StatusCode);
        Assert.Equal("waiting for the Services to be listed\n", await waiting.Content.ReadAsStringAsync());
        synced = true;
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/readyz")).StatusCode);
    }

    [Theory]
    [InlineData("\0\0\0\0\r\n\r\n")]
    [InlineData("GET /healthz\r\n\r\n")]
    [InlineData("GET /healthz HTTP/2.0\r\n\r\n")]
    public async Task What_is_not_HTTP_is_refused_and_the_next_client_is_served(string request)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, _server.Port);
        await socket.SendAsync(Encoding.ASCII.GetBytes(request));
        var answer = new byte[1024];
        var length = await socket.ReceiveAsync(answer);
        Assert.StartsWith("HTTP/1.1 400 ", Encoding.ASCII.GetString(answer, 0, length), StringComparison.Ordinal);

        using var client = new HttpClient();
        Assert.Equal("ok\n", await client.GetStringAsync($"http://127.0.0.1:{_server.Port}/healthz"));
    }

    [Fact]
    public async Task Clients_that_say_nothing_do_not_keep_the_probe_out()
    {
        var silent = new List<Socket>();
        for (var i = 0; i < 15; i++)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(IPAddress.Loopback, _server.Port);
            silent.Add(socket);
        }

        using var client = new HttpClient();
        Assert.Equal("ok\n", await client.GetStringAsync($"http://127.0.0.1:{_server.Port}/healthz"));
        silent.ForEach(socket => socket.Dispose());
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _running);
        _server.Dispose();
        _stop.Dispose();
    }
}
