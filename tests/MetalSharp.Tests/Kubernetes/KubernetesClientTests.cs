using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using MetalSharp.Kubernetes;
using MetalSharp.Kubernetes.Models;

namespace MetalSharp.Tests.Kubernetes;

public sealed class KubernetesClientTests : IAsyncLifetime
{
    private const string Web = """{"apiVersion":"v1","kind":"Service","metadata":{"namespace":"default","name":"web","resourceVersion":"7"}}""";

    private readonly ManualTime _time = new();
    private readonly ScriptedServer _server = new();
    private readonly KubernetesClient _client;

    public KubernetesClientTests() => _client = new(new(_server.Address), _time, "tester/1.0");

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync()
    {
        _client.Dispose();
        return _server.DisposeAsync();
    }

    [Fact]
    public async Task Asks_for_JSON_and_says_who_asks()
    {
        var asked = _client.GetAsync(ResourceKinds.Services, "default", "web");
        var request = await _server.NextAsync();
        Assert.Equal(("GET", "/api/v1/namespaces/default/services/web"), (request.Method, request.Path));
        Assert.Equal(("application/json", "tester/1.0", null), (request.Header("Accept"), request.Header("User-Agent"), request.Header("Authorization")));
        await request.AnswerAsync(Web);
        Assert.Equal("7", (await asked).Metadata.ResourceVersion);
    }

    [Theory]
    [InlineData("get", "GET", "/api/v1/namespaces/default/services/web")]
    [InlineData("list", "GET", "/api/v1/services")]
    [InlineData("listAll", "GET", "/api/v1/namespaces/default/services")]
    [InlineData("watch", "GET", "/api/v1/services")]
    [InlineData("create", "POST", "/api/v1/namespaces/default/services")]
    [InlineData("update", "PUT", "/api/v1/namespaces/default/services/web/status")]
    [InlineData("patch", "PATCH", "/api/v1/namespaces/default/services/web/status")]
    [InlineData("delete", "DELETE", "/api/v1/namespaces/default/services/web")]
    [InlineData("installed", "GET", "/api/v1")]
    [InlineData("version", "GET", "/version")]
    [InlineData("raw", "GET", "/healthz")]
    public async Task Every_refusal_carries_method_path_status_reason_and_message(string operation, string method, string path)
    {
        var asked = Do(operation);
        var request = await _server.NextAsync();
        Assert.Equal((method, path), (request.Method, request.Path));
        await request.RefuseAsync(403, "Forbidden", "tester may not do this");
        var e = await Assert.ThrowsAsync<KubernetesException>(() => asked);
        Assert.Equal((method, path, HttpStatusCode.Forbidden, "Forbidden"), (e.Method.Method, e.Path, e.StatusCode!.Value, e.Reason));
        Assert.Equal("tester may not do this", e.Status!.Message);
        Assert.Equal($"{method} {path}: 403 Forbidden: tester may not do this", e.Message);
    }

    [Fact]
    public async Task A_refusal_that_is_not_the_APIs_shows_its_beginning_on_one_line()
    {
        var asked = _client.GetVersionAsync();
        await (await _server.NextAsync()).AnswerAsync("<html>\n  <h1>Bad gateway</h1>\n</html>", 502, contentType: "text/html");
        var e = await Assert.ThrowsAsync<KubernetesException>(() => asked);
        Assert.Equal("GET /version: 502 BadGateway: <html> <h1>Bad gateway</h1> </html>", e.Message);
        Assert.Null(e.Status);
    }

    [Fact]
    public async Task What_is_not_there_is_found_as_null()
    {
        var asked = _client.FindAsync(ResourceKinds.Services, "default", "web");
        await (await _server.NextAsync()).RefuseAsync(404, "NotFound", "no");
        Assert.Null(await asked);
    }

    [Fact]
    public async Task A_busy_server_is_asked_again_when_it_says()
    {
        var asked = _client.GetAsync(ResourceKinds.Services, "default", "web");
        await (await _server.NextAsync()).RefuseAsync(429, "TooManyRequests", "slow down", "Retry-After: 3\r\n");
        await _time.TimerWithin(TimeSpan.FromSeconds(3));
        _time.Advance(TimeSpan.FromSeconds(3));
        await (await _server.NextAsync()).RefuseAsync(503, "ServiceUnavailable", "starting", "Retry-After: 7200\r\n");
        await _time.TimerWithin(TimeSpan.FromSeconds(15));
        _time.Advance(TimeSpan.FromSeconds(15));
        await (await _server.NextAsync()).AnswerAsync(Web);
        await asked;
    }

    [Fact]
    public async Task A_server_that_stays_busy_is_asked_five_times()
    {
        var asked = _client.CreateAsync(ResourceKinds.ConfigMaps, new() { Metadata = new() { Namespace = "a", Name = "b" } });
        for (var i = 0; i < 5; i++)
        {
            var request = await _server.NextAsync();
            Assert.Equal("""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"b","namespace":"a"}}""", request.Body);
            await request.RefuseAsync(429, "TooManyRequests", "slow down", "Retry-After: 1\r\n");
            if (i == 4)
                break;
            await _time.TimerWithin(TimeSpan.FromSeconds(1));
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(HttpStatusCode.TooManyRequests, (await Assert.ThrowsAsync<KubernetesException>(() => asked)).StatusCode);
    }

    [Fact]
    public async Task A_busy_server_that_does_not_say_when_is_not_asked_again()
    {
        var asked = _client.GetVersionAsync();
        await (await _server.NextAsync()).RefuseAsync(503, "ServiceUnavailable", "no");
        await Assert.ThrowsAsync<KubernetesException>(() => asked);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("\"x\"")]
    [InlineData("{")]
    [InlineData("""{"metadata":5}""")]
    [InlineData("""{"metadata":{"labels":["x"]}}""")]
    [InlineData("""{"metadata":{"creationTimestamp":"yesterday"}}""")]
    [InlineData("""{"spec":{"ports":[{"port":99999999999}]}}""")]
    [InlineData("""{"spec":{"ports":[{"port":1,"targetPort":1.5}]}}""")]
    [InlineData("<html>")]
    public async Task An_answer_that_is_no_such_object_is_an_error_of_the_API(string answer)
    {
        var asked = _client.GetAsync(ResourceKinds.Services, "default", "web");
        await (await _server.NextAsync()).AnswerAsync(answer);
        var e = await Assert.ThrowsAsync<KubernetesException>(() => asked);
        Assert.Equal(HttpStatusCode.OK, e.StatusCode);
        Assert.StartsWith("GET /api/v1/namespaces/default/services/web: 200 OK: the answer is not a valid V1Service: ", e.Message);
    }

    [Fact]
    public void Every_prefix_and_every_changed_byte_of_an_answer_gives_an_object_or_an_error_of_the_API()
    {
        using var simulation = new Simulation();
        var answer = Encoding.UTF8.GetBytes(
            """{"metadata":{"name":"é","creationTimestamp":"2026-11-20T08:00:00Z","labels":{"a":"b"}},"spec":{"ports":[{"port":80,"targetPort":"x"}]}}""");
        var bytes = answer;
        using var api = new MemoryApi { Network = (_, _, _) => Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK) { Content = new ByteArrayContent(bytes) }) };
        using var client = api.CreateClient(_time);
        var errors = 0;
        for (var length = 0; length < answer.Length; length++)
        {
            bytes = answer[..length];
            Assert.IsType<KubernetesException>(client.GetAsync(ResourceKinds.Services, "a", "b").Exception!.InnerException);
        }

        for (var i = 0; i < answer.Length; i++)
        {
            foreach (var changed in (byte[])[0, (byte)'"', (byte)'{', (byte)'9', 0x80, 0xFF, (byte)(answer[i] ^ 1)])
            {
                bytes = [.. answer];
                bytes[i] = changed;
                var asked = client.GetAsync(ResourceKinds.Services, "a", "b");
                Assert.True(asked.IsCompletedSuccessfully || asked.Exception!.InnerException is KubernetesException, asked.Exception?.ToString());
                errors += asked.IsFaulted ? 1 : 0;
            }
        }

        Assert.True(errors > 300);
    }

    [Fact]
    public async Task No_server_is_an_error_without_a_status()
    {
        using var nobody = new TcpListener(IPAddress.Loopback, 0);
        nobody.Start();
        var address = nobody.LocalEndpoint;
        nobody.Stop();
        using var client = new KubernetesClient(new(new Uri($"http://{address}")), _time);
        var e = await Assert.ThrowsAsync<KubernetesException>(() => client.GetVersionAsync());
        Assert.Null(e.StatusCode);
        Assert.StartsWith("GET /version: no answer: Connection refused", e.Message);
    }

    [Fact]
    public async Task No_answer_in_time_is_an_error_and_a_cancellation_is_none()
    {
        var asked = _client.GetVersionAsync();
        await _server.NextAsync();
        _time.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal("GET /version: no answer within 30 s", (await Assert.ThrowsAsync<KubernetesException>(() => asked)).Message);

        using var cancel = new CancellationTokenSource();
        var cancelled = _client.GetVersionAsync(cancel.Token);
        await _server.NextAsync();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
    }

    [Fact]
    public async Task An_answer_that_breaks_off_is_an_error()
    {
        var asked = _client.GetRawAsync("/metrics?verbose=1");
        var request = await _server.NextAsync();
        Assert.Equal("1", request.Query("verbose"));
        await request.BeginAsync();
        await request.SendRawAsync("half");
        request.Cut();
        Assert.StartsWith("GET /metrics: 200 OK: the answer broke off", (await Assert.ThrowsAsync<KubernetesException>(() => asked)).Message);
    }

    [Fact]
    public async Task Patches_say_what_kind_they_are()
    {
        var merge = _client.PatchAsync(ResourceKinds.Services, "a", "b", Patch.Merge(new() { ["spec"] = null }), "status");
        var request = await _server.NextAsync();
        Assert.Equal(("application/merge-patch+json", """{"spec":null}""", null), (request.Header("Content-Type"), request.Body, request.Query("fieldManager")));
        await request.AnswerAsync(Web);
        await merge;

        var json = _client.PatchAsync(ResourceKinds.Services, "a", "b", Patch.Json([new JsonObject { ["op"] = "remove", ["path"] = "/spec" }]));
        request = await _server.NextAsync();
        Assert.Equal(("application/json-patch+json", """[{"op":"remove","path":"/spec"}]"""), (request.Header("Content-Type"), request.Body));
        await request.AnswerAsync(Web);
        await json;

        var wanted = new V1ConfigMap { Metadata = new() { Namespace = "a", Name = "b" }, Data = new Dictionary<string, string> { ["k"] = "v" } };
        var apply = _client.PatchAsync(ResourceKinds.ConfigMaps, "a", "b", Patch.Apply(ResourceKinds.ConfigMaps, wanted, "me", force: true));
        request = await _server.NextAsync();
        Assert.Equal(("application/apply-patch+yaml", "me", "true"), (request.Header("Content-Type"), request.Query("fieldManager"), request.Query("force")));
        Assert.Equal("""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"b","namespace":"a"},"data":{"k":"v"}}""", request.Body);
        await request.AnswerAsync(Web);
        await apply;
    }

    [Fact]
    public async Task Deletions_carry_their_preconditions()
    {
        var asked = _client.DeleteAsync(ResourceKinds.Services, "a", "b", new() { Uid = "u", ResourceVersion = "7", Propagation = PropagationPolicy.Foreground });
        var request = await _server.NextAsync();
        Assert.Equal(
            """{"apiVersion":"v1","kind":"DeleteOptions","preconditions":{"uid":"u","resourceVersion":"7"},"propagationPolicy":"Foreground"}""", request.Body);
        await request.AnswerAsync("""{"kind":"Status","status":"Success"}""");
        await asked;
    }

    [Fact]
    public async Task Lists_and_watches_pass_their_options_on()
    {
        var list = _client.ListAsync(
            ResourceKinds.Nodes, null, new() { Limit = 5, LabelSelector = "a in (b, c)", FieldSelector = "metadata.name=x", ResourceVersion = "0", ResourceVersionMatch = "NotOlderThan" });
        var request = await _server.NextAsync();
        Assert.Equal(("5", "a in (b, c)", "metadata.name=x"), (request.Query("limit"), request.Query("labelSelector"), request.Query("fieldSelector")));
        Assert.Equal(("0", "NotOlderThan"), (request.Query("resourceVersion"), request.Query("resourceVersionMatch")));
        await request.AnswerAsync("""{"metadata":{"resourceVersion":"9","continue":"c","remainingItemCount":3},"items":[{"metadata":{"name":"x"}}]}""");
        Assert.Equal(("9", "c", 3), ((await list).Metadata.ResourceVersion, (await list).Metadata.Continue, (await list).Metadata.RemainingItemCount));

        await using var watch = _client.WatchAsync(ResourceKinds.Nodes, null, new() { ResourceVersion = "9", Timeout = TimeSpan.FromSeconds(301.5) }).GetAsyncEnumerator();
        var first = watch.MoveNextAsync();
        request = await _server.NextAsync();
        Assert.Equal(("9", "301", null), (request.Query("resourceVersion"), request.Query("timeoutSeconds"), request.Query("allowWatchBookmarks")));
        await request.BeginAsync();
        await request.SendAsync("ERROR", Exchange.Refusal(410, "Expired", "too old"));
        Assert.True(await first);
        Assert.Equal((WatchEventType.Error, 410), (watch.Current.Type, watch.Current.Error!.Code));
        await request.EndAsync();
        Assert.False(await watch.MoveNextAsync());
    }

    [Theory]
    [InlineData("""{"groupVersion":"v1","resources":[{"name":"services/status"},{"name":"services"}]}""", true)]
    [InlineData("""{"groupVersion":"v1","resources":[{"name":"services/status"}]}""", false)]
    [InlineData(null, false)]
    public async Task A_kind_is_installed_when_discovery_names_it(string? answer, bool installed)
    {
        var asked = _client.IsInstalledAsync(ResourceKinds.Services);
        var request = await _server.NextAsync();
        if (answer is null)
            await request.RefuseAsync(404, "NotFound", "no");
        else
            await request.AnswerAsync(answer);
        Assert.Equal(installed, await asked);
    }

    [Fact]
    public async Task A_server_behind_a_path_is_asked_there()
    {
        using var client = new KubernetesClient(new(new Uri(_server.Address, "/k8s/clusters/c-1/")), _time);
        var asked = client.GetVersionAsync();
        var request = await _server.NextAsync();
        Assert.Equal("/k8s/clusters/c-1/version", request.Path);
        await request.AnswerAsync("""{"major":"1","minor":"36+","gitVersion":"v1.36.1"}""");
        Assert.Equal("v1.36.1", (await asked).GitVersion);
    }

    private async Task Do(string operation)
    {
        var item = new V1Service { Metadata = new() { Namespace = "default", Name = "web" } };
        switch (operation)
        {
            case "get":
                await _client.GetAsync(ResourceKinds.Services, "default", "web");
                break;
            case "list":
                await _client.ListAsync(ResourceKinds.Services);
                break;
            case "listAll":
                await _client.ListAllAsync(ResourceKinds.Services, "default");
                break;
            case "watch":
                await foreach (var _ in _client.WatchAsync(ResourceKinds.Services))
                    continue;
                break;
            case "create":
                await _client.CreateAsync(ResourceKinds.Services, item);
                break;
            case "update":
                await _client.UpdateAsync(ResourceKinds.Services, item, "status");
                break;
            case "patch":
                await _client.PatchAsync(ResourceKinds.Services, "default", "web", Patch.Merge([]), "status");
                break;
            case "delete":
                await _client.DeleteAsync(ResourceKinds.Services, "default", "web");
                break;
            case "installed":
                await _client.IsInstalledAsync(ResourceKinds.Services);
                break;
            case "version":
                await _client.GetVersionAsync();
                break;
            case "raw":
                await _client.GetRawAsync("/healthz");
                break;
        }
    }
}
