using System.Net;
using System.Text.Json.Nodes;
using MetalSharp.Kubernetes;
using MetalSharp.Kubernetes.Models;
using MetalSharp.Lab.ApiServer;
using Microsoft.Extensions.Logging.Abstractions;

namespace MetalSharp.Tests.Kubernetes;

/// <summary>The client against the lab's API server, over TLS: the two were written apart from each other.</summary>
public sealed class EmbeddedApiTests : IAsyncLifetime
{
    private readonly EmbeddedApiServer _server = new(new() { Endpoints = [new(IPAddress.Loopback, 0)] });
    private readonly string _kubeconfig = Path.GetTempFileName();
    private readonly CancellationTokenSource _stop = new();
    private KubernetesClient _client = null!;

    public async ValueTask InitializeAsync()
    {
        await _server.StartAsync();
        _server.WriteKubeconfig(_kubeconfig, $"https://{_server.Endpoints[0]}");
        _client = new(ClusterAccess.Load(_kubeconfig), TimeProvider.System, "tester/1");
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _client.Dispose();
        await _server.DisposeAsync();
        File.Delete(_kubeconfig);
        _stop.Dispose();
    }

    [Fact]
    public async Task Objects_are_created_read_changed_and_deleted()
    {
        Assert.StartsWith("v1.", (await _client.GetVersionAsync()).GitVersion);
        Assert.True(await _client.IsInstalledAsync(ResourceKinds.Leases));

        var created = await _client.CreateAsync(ResourceKinds.ConfigMaps, Map("one", "a", "1"));
        Assert.NotNull(created.Metadata.Uid);
        Assert.True((await Assert.ThrowsAsync<KubernetesException>(() => _client.CreateAsync(ResourceKinds.ConfigMaps, Map("one", "a", "1")))).IsAlreadyExists);

        var updated = await _client.UpdateAsync(ResourceKinds.ConfigMaps, created with { Data = new Dictionary<string, string> { ["b"] = "2" } });
        Assert.Equal(["b"], updated.Data!.Keys);
        var conflict = await Assert.ThrowsAsync<KubernetesException>(() => _client.UpdateAsync(ResourceKinds.ConfigMaps, created with { Data = null }));
        Assert.True(conflict.IsConflict);
        Assert.StartsWith("PUT /api/v1/namespaces/default/configmaps/one: 409 Conflict: ", conflict.Message);

        var merged = await PatchAsync("one", Patch.Merge(new() { ["data"] = new JsonObject { ["b"] = null, ["c"] = "3" } }));
        Assert.Equal(["c"], merged.Data!.Keys);
        var replaced = await PatchAsync("one", Patch.Json([new JsonObject { ["op"] = "replace", ["path"] = "/data/c", ["value"] = "4" }]));
        Assert.Equal("4", replaced.Data!["c"]);
        await PatchAsync("two", Patch.Apply(ResourceKinds.ConfigMaps, Map("two", "x", "1"), "ann"));
        Assert.True((await Assert.ThrowsAsync<KubernetesException>(() => PatchAsync("two", Patch.Apply(ResourceKinds.ConfigMaps, Map("two", "x", "2"), "bob")))).IsConflict);
        Assert.Equal("2", (await PatchAsync("two", Patch.Apply(ResourceKinds.ConfigMaps, Map("two", "x", "2"), "bob", force: true))).Data!["x"]);

        await Assert.ThrowsAsync<KubernetesException>(() => _client.DeleteAsync(ResourceKinds.ConfigMaps, "default", "one", new() { Uid = "other" }));
        await _client.DeleteAsync(ResourceKinds.ConfigMaps, "default", "one", new() { Uid = created.Metadata.Uid, Propagation = PropagationPolicy.Background });
        Assert.Null(await _client.FindAsync(ResourceKinds.ConfigMaps, "default", "one"));
    }

    [Fact]
    public async Task The_status_of_a_Service_is_patched_by_itself()
    {
        await _client.CreateAsync(
            ResourceKinds.Services,
            new()
            {
                Metadata = new() { Namespace = "default", Name = "web" },
                Spec = new() { Type = "LoadBalancer", Selector = new Dictionary<string, string> { ["app"] = "web" }, Ports = [new() { Port = 80, TargetPort = 8080 }] },
            });
        var status = new JsonObject { ["status"] = new JsonObject { ["loadBalancer"] = new JsonObject { ["ingress"] = new JsonArray(new JsonObject { ["ip"] = "192.0.2.1" }) } } };
        await _client.PatchAsync(ResourceKinds.Services, "default", "web", Patch.Merge(status.DeepClone().AsObject()));
        Assert.Null((await WebAsync()).Status?.LoadBalancer?.Ingress);
        await _client.PatchAsync(ResourceKinds.Services, "default", "web", Patch.Merge(status), "status");
        Assert.Equal("192.0.2.1", (await WebAsync()).Status!.LoadBalancer!.Ingress![0].Ip);

        Task<V1Service> WebAsync() => _client.GetAsync(ResourceKinds.Services, "default", "web");
    }

    [Fact]
    public async Task Lists_come_in_pages_and_a_forgotten_page_is_made_up_for()
    {
        for (var i = 0; i < 5; i++)
            await _client.CreateAsync(ResourceKinds.ConfigMaps, Map($"m{i}", "a", "b"));
        var page = await _client.ListAsync(ResourceKinds.ConfigMaps, "default", new() { Limit = 2 });
        Assert.Equal(2, page.Items.Count);
        Assert.Equal(5, (await _client.ListAllAsync(ResourceKinds.ConfigMaps, "default", new() { Limit = 2, FieldSelector = "metadata.name!=kube-root-ca.crt" })).Items.Count);
        await _client.CreateAsync(ResourceKinds.ConfigMaps, Map("late", "a", "b"));
        await _server.CompactAsync();
        var gone = await Assert.ThrowsAsync<KubernetesException>(
            () => _client.ListAsync(ResourceKinds.ConfigMaps, "default", new() { Limit = 2, Continue = page.Metadata.Continue }));
        Assert.True(gone.IsGone);
    }

    [Fact]
    public async Task An_informer_follows_through_changes_a_compaction_and_an_outage()
    {
        var informer = new Informer<V1ConfigMap>(
            _client, ResourceKinds.ConfigMaps, new() { Namespace = "default", FieldSelector = "metadata.name!=kube-root-ca.crt" }, () => { }, TimeProvider.System, NullLogger.Instance);
        await _client.CreateAsync(ResourceKinds.ConfigMaps, Map("one", "k", "1"));
        var running = informer.RunAsync(_stop.Token);
        await Eventually.TrueAsync(() => Has("one", "1"));

        await _client.CreateAsync(ResourceKinds.ConfigMaps, Map("two", "k", "1"));
        await PatchAsync("one", Patch.Merge(new() { ["data"] = new JsonObject { ["k"] = "2" } }));
        await Eventually.TrueAsync(() => Has("one", "2") && Has("two", "1"));
        await _client.DeleteAsync(ResourceKinds.ConfigMaps, "default", "two");
        await Eventually.TrueAsync(() => informer.Store.Objects.Count == 1);

        await _server.CompactAsync();
        await _client.CreateAsync(ResourceKinds.ConfigMaps, Map("three", "k", "1"));
        await Eventually.TrueAsync(() => Has("three", "1"));

        await _server.StopAsync();
        await Eventually.TrueAsync(() => informer.State == InformerState.BackingOff);
        Assert.True(Has("one", "2") && Has("three", "1"));
        await _server.StartAsync();
        await PatchAsync("one", Patch.Merge(new() { ["data"] = new JsonObject { ["k"] = "3" } }));
        await Eventually.TrueAsync(() => Has("one", "3") && informer.State == InformerState.Watching);
        await _stop.CancelAsync();
        await running;

        bool Has(string name, string value) => informer.Store.Find(new("default", name))?.Data?["k"] == value;
    }

    [Fact]
    public async Task A_lease_is_taken_renewed_and_released_and_an_event_is_written_and_counted()
    {
        var election = new LeaseElection(
            _client,
            new()
            {
                Namespace = "default",
                Name = "l",
                Identity = "a",
                LeaseDuration = TimeSpan.FromSeconds(1),
                RenewDeadline = TimeSpan.FromSeconds(0.6),
                RetryPeriod = TimeSpan.FromSeconds(0.05),
            },
            TimeProvider.System,
            NullLogger.Instance);
        using var leave = new CancellationTokenSource();
        var leading = election.RunAsync(cancel => Task.Delay(Timeout.Infinite, cancel), leave.Token);
        await Eventually.TrueAsync(() => election.IsLeader);
        var first = await LeaseAsync();
        await Eventually.TrueAsync(() => LeaseAsync().GetAwaiter().GetResult().Spec!.RenewTime > first.Spec!.RenewTime);
        await leave.CancelAsync();
        await leading;
        Assert.Equal("", (await LeaseAsync()).Spec!.HolderIdentity);

        var recorder = new EventRecorder(_client, "example.io/tester", "t-0", TimeProvider.System, NullLogger.Instance);
        var recording = recorder.RunAsync(_stop.Token);
        var about = V1ObjectReference.To(ResourceKinds.Leases, first);
        recorder.Record(about, EventType.Warning, "Failed", "Try", "it failed");
        recorder.Record(about, EventType.Warning, "Failed", "Try", "it failed");
        await Eventually.TrueAsync(() => EventsAsync().GetAwaiter().GetResult() is [{ Series.Count: 2 }]);
        var written = Assert.Single(await EventsAsync());
        Assert.Equal(("Failed", "it failed", "Warning", "example.io/tester", "l"), (written.Reason, written.Note, written.Type, written.ReportingController, written.Regarding!.Name));
        await _stop.CancelAsync();
        await recording;

        Task<V1Lease> LeaseAsync() => _client.GetAsync(ResourceKinds.Leases, "default", "l");
        async Task<IReadOnlyList<EventsV1Event>> EventsAsync() => (await _client.ListAllAsync(ResourceKinds.Events, "default")).Items;
    }

    private static V1ConfigMap Map(string name, string key, string value) =>
        new() { Metadata = new() { Namespace = "default", Name = name }, Data = new Dictionary<string, string> { [key] = value } };

    private Task<V1ConfigMap> PatchAsync(string name, Patch patch) => _client.PatchAsync(ResourceKinds.ConfigMaps, "default", name, patch);
}
