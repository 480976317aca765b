using System.Net;
using System.Net.Http.Json;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using MetalSharp.Lab.ApiServer;

namespace MetalSharp.Tests.Lab.ApiServer;

public sealed class EmbeddedApiServerTests : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("metalsharp-test-");
    private readonly EmbeddedApiServer _server;
    private HttpClient _client = null!;

    public EmbeddedApiServerTests() => _server = new EmbeddedApiServer(new ApiServerOptions
    {
        Endpoints = [new IPEndPoint(IPAddress.Loopback, 0)],
        SocketPath = Path.Combine(_folder.FullName, "api.sock"),
        BookmarkInterval = TimeSpan.FromMilliseconds(50),
        HistoryLength = 20,
    });

    public async ValueTask InitializeAsync()
    {
        await _server.StartAsync();
        var kubeconfig = Path.Combine(_folder.FullName, "kubeconfig");
        _server.WriteKubeconfig(kubeconfig, $"https://127.0.0.1:{_server.Endpoints[0].Port}");
        _client = Client(AdminCertificate(await File.ReadAllTextAsync(kubeconfig)));
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _server.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task An_outage_cuts_watches_and_keeps_the_state_and_the_port()
    {
        await CreateAsync("configmaps", "before");
        using var watch = await WatchAsync("configmaps", "");
        Assert.Equal(("ADDED", "before"), await NextAsync(watch));
        await _server.StopAsync();
        await Assert.ThrowsAnyAsync<IOException>(async () => _ = await watch.ReadLineAsync() ?? throw new IOException("ended"));
        await Assert.ThrowsAsync<HttpRequestException>(() => _client.GetAsync("/healthz"));
        await _server.StartAsync();
        Assert.Equal("before", (await GetAsync("/api/v1/namespaces/default/configmaps/before")).Text("metadata", "name"));
    }

    [Fact]
    public async Task A_watch_sees_what_enters_changes_and_leaves_its_selection()
    {
        await CreateAsync("configmaps", "outside");
        var version = (await GetAsync("/api/v1/configmaps")).Text("metadata", "resourceVersion");
        using var watch = await WatchAsync("configmaps", $"&labelSelector=in%3Dyes&resourceVersion={version}");
        await LabelAsync("outside", "yes");
        Assert.Equal(("ADDED", "outside"), await NextAsync(watch));
        await PatchAsync("outside", """{"data":{"a":"b"}}""");
        Assert.Equal(("MODIFIED", "outside"), await NextAsync(watch));
        await LabelAsync("outside", "no");
        Assert.Equal(("DELETED", "outside"), await NextAsync(watch));
        await LabelAsync("outside", "yes");
        Assert.Equal(("ADDED", "outside"), await NextAsync(watch));
        await _client.DeleteAsync("/api/v1/namespaces/default/configmaps/outside");
        Assert.Equal(("DELETED", "outside"), await NextAsync(watch));
    }

    [Fact]
    public async Task A_watch_that_lists_first_says_where_the_list_ends_and_gets_bookmarks()
    {
        await CreateAsync("configmaps", "a");
        using var watch = await WatchAsync("configmaps", "&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true");
        Assert.Equal(("ADDED", "a"), await NextAsync(watch));
        var end = JsonNode.Parse((await watch.ReadLineAsync())!)!;
        Assert.Equal("BOOKMARK", end.Text("type"));
        Assert.Equal("true", end.Text("object", "metadata", "annotations", "k8s.io/initial-events-end"));
        // Bookmarks also count what happened to other kinds.
        await CreateAsync("secrets", "other");
        var revision = (await GetAsync("/api/v1/secrets")).Text("metadata", "resourceVersion");
        string? seen;
        do
        {
            seen = JsonNode.Parse((await watch.ReadLineAsync())!).Text("object", "metadata", "resourceVersion");
        }
        while (seen != revision);
    }

    [Fact]
    public async Task After_a_compaction_open_watches_and_old_versions_are_gone()
    {
        var version = (await GetAsync("/api/v1/configmaps")).Text("metadata", "resourceVersion");
        using var open = await WatchAsync("configmaps", $"&resourceVersion={version}");
        await _server.CompactAsync();
        Assert.Equal(410, JsonNode.Parse((await open.ReadLineAsync())!).Number("object", "code"));
        Assert.Null(await open.ReadLineAsync());
        using var old = await WatchAsync("configmaps", $"&resourceVersion={version}");
        Assert.Equal(410, JsonNode.Parse((await old.ReadLineAsync())!).Number("object", "code"));
        var fresh = (await GetAsync("/api/v1/configmaps")).Text("metadata", "resourceVersion");
        using var again = await WatchAsync("configmaps", $"&resourceVersion={fresh}");
        await CreateAsync("configmaps", "new");
        Assert.Equal(("ADDED", "new"), await NextAsync(again));
    }

    [Fact]
    public async Task A_client_that_does_not_read_its_watch_loses_it_and_nobody_else_notices()
    {
        const int Changes = 60;
        var before = _server.Statistics;
        using var lazy = await WatchAsync("configmaps", "");
        using var busy = await WatchAsync("configmaps", "");
        var padding = new string('x', 300_000);
        for (var i = 0; i < Changes; i++)
        {
            using var answer = await _client.PostAsJsonAsync("/api/v1/namespaces/default/configmaps",
                new JsonObject { ["metadata"] = new JsonObject { ["name"] = $"c{i}" }, ["data"] = new JsonObject { ["x"] = padding } });
            Assert.Equal(("ADDED", $"c{i}"), await NextAsync(busy));
        }
        for (var waited = 0; _server.Statistics.Since(before).Total(kind => kind.Verb == "watch") == 0; waited++)
        {
            Assert.True(waited < 100, "the watch nobody reads is still open");
            await Task.Delay(100);
        }
    }

    [Fact]
    public async Task A_watch_ends_by_itself_after_its_timeout()
    {
        using var watch = await WatchAsync("configmaps", "&timeoutSeconds=1");
        Assert.Null(await watch.ReadLineAsync());
    }

    [Fact]
    public async Task The_socket_speaks_the_same_TLS()
    {
        using var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (_, stop) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(Path.Combine(_folder.FullName, "api.sock")), stop);
                return new NetworkStream(socket, ownsSocket: true);
            },
            SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = IsSigned },
        };
        using var client = new HttpClient(handler) { BaseAddress = new Uri("https://localhost") };
        Assert.Equal("ok", await client.GetStringAsync("/healthz"));
    }

    [Fact]
    public async Task Tokens_speak_for_their_ServiceAccount_until_it_is_gone()
    {
        await CreateAsync("serviceaccounts", "bot");
        using var bot = Client(null);
        bot.DefaultRequestHeaders.Authorization = new("Bearer", _server.CreateServiceAccountToken("default", "bot"));
        var refused = await bot.GetAsync("/api/v1/nodes");
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        var status = JsonNode.Parse(await refused.Content.ReadAsStringAsync());
        Assert.Equal(
            "nodes is forbidden: User \"system:serviceaccount:default:bot\" cannot list resource \"nodes\" in API group \"\" at the cluster scope",
            status.Text("message"));
        await _client.DeleteAsync("/api/v1/namespaces/default/serviceaccounts/bot");
        Assert.Equal(HttpStatusCode.Unauthorized, (await bot.GetAsync("/api/v1/nodes")).StatusCode);
        bot.DefaultRequestHeaders.Authorization = new("Bearer", "rubbish");
        Assert.Equal(HttpStatusCode.Unauthorized, (await bot.GetAsync("/api/v1/nodes")).StatusCode);
    }

    [Fact]
    public async Task Requests_are_counted_by_who_what_and_how_it_ended()
    {
        var before = _server.Statistics;
        await CreateAsync("configmaps", "a");
        await CreateAsync("configmaps", "a");
        await PatchAsync("a", """{"data":{"x":"y"}}""");
        await GetAsync("/api/v1/configmaps");
        var counted = _server.Statistics.Since(before);
        Assert.Equal(3, counted.Writes);
        Assert.Equal(1, counted.ByKind[new RequestKind("kubernetes-admin", "create", "", "configmaps", 409)]);
        Assert.Equal(1, counted.ByKind[new RequestKind("kubernetes-admin", "patch", "", "configmaps", 200)]);
        Assert.Equal(1, counted.ByKind[new RequestKind("kubernetes-admin", "list", "", "configmaps", 200)]);
    }

    [Fact]
    public async Task A_body_nobody_can_read_gets_an_answer_that_says_so()
    {
        using var broken = await _client.PostAsync("/api/v1/namespaces/default/configmaps", new StringContent("{\"a\":", Encoding.UTF8, "application/json"));
        Assert.Equal(HttpStatusCode.BadRequest, broken.StatusCode);
        using var twice = await _client.PostAsync("/api/v1/namespaces/default/configmaps",
            new StringContent("""{"metadata":{"name":"x","name":"y"}}""", Encoding.UTF8, "application/json"));
        Assert.Equal(HttpStatusCode.BadRequest, twice.StatusCode);
        using var foreign = await _client.PostAsync("/api/v1/namespaces/default/configmaps", new StringContent("<x/>", Encoding.UTF8, "text/xml"));
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, foreign.StatusCode);
    }

    private static X509Certificate2 AdminCertificate(string kubeconfig)
    {
        string Data(string key) => Encoding.UTF8.GetString(Convert.FromBase64String(
            kubeconfig.Split('\n').First(line => line.Contains(key, StringComparison.Ordinal)).Split(": ")[1].Trim()));
        return X509Certificate2.CreateFromPem(Data("client-certificate-data"), Data("client-key-data"));
    }

    private HttpClient Client(X509Certificate2? certificate)
    {
        var handler = new SocketsHttpHandler { SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = IsSigned } };
        if (certificate is not null)
            handler.SslOptions.ClientCertificates = [certificate];
        return new HttpClient(handler) { BaseAddress = new Uri($"https://127.0.0.1:{_server.Endpoints[0].Port}"), Timeout = TimeSpan.FromSeconds(20) };
    }

    private bool IsSigned(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        using var authority = X509Certificate2.CreateFromPem(_server.CaCertificatePem);
        chain!.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(authority);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        return chain.Build((X509Certificate2)certificate!) && !errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch);
    }

    private async Task CreateAsync(string plural, string name)
    {
        using var answer = await _client.PostAsJsonAsync($"/api/v1/namespaces/default/{plural}", new JsonObject { ["metadata"] = new JsonObject { ["name"] = name } });
    }

    private Task LabelAsync(string name, string value) => PatchAsync(name, $$"""{"metadata":{"labels":{"in":"{{value}}"} } }""");

    private async Task PatchAsync(string name, string patch)
    {
        using var answer = await _client.PatchAsync($"/api/v1/namespaces/default/configmaps/{name}", new StringContent(patch, Encoding.UTF8, "application/merge-patch+json"));
        answer.EnsureSuccessStatusCode();
    }

    private async Task<JsonNode> GetAsync(string path) => JsonNode.Parse(await _client.GetStringAsync(path))!;

    private async Task<StreamReader> WatchAsync(string plural, string query) =>
        new(await _client.GetStreamAsync($"/api/v1/{plural}?watch=true{query}"));

    private static async Task<(string Type, string Name)> NextAsync(StreamReader watch)
    {
        var line = JsonNode.Parse(await watch.ReadLineAsync() ?? throw new IOException("the watch has ended"));
        return (line.Text("type")!, line.Text("object", "metadata", "name") ?? "");
    }
}
