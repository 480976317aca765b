using System.Diagnostics;
using System.Text.Json.Nodes;
using MetalSharp.Kubernetes;
using MetalSharp.Kubernetes.Models;

namespace MetalSharp.Interop.Tests.Kubectl;

/// <summary>The API server must never be what a scale test measures. Prints what it saw.</summary>
[Collection(KubectlCollection.Name)]
public sealed class ApiServerLoadTests(KubectlServer server, ITestOutputHelper output)
{
    private const int Clients = 16;

    [Fact]
    public async Task A_thousand_Services_are_created_watched_and_given_a_status_in_seconds()
    {
        const int Services = 1000;
        const int Watchers = 10;
        var space = await server.NamespaceAsync();
        using var client = Client();
        var version = (await client.ListAsync(ResourceKinds.Services, space)).Metadata.ResourceVersion;
        using var stop = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        var watchers = Enumerable.Range(0, Watchers).Select(_ => CountAsync(client, space, version, Services, stop.Token)).ToList();

        var creating = Stopwatch.StartNew();
        await ForEachAsync(Services, (one, i) => one.CreateAsync(ResourceKinds.Services, new V1Service
        {
            Metadata = new V1ObjectMeta { Name = $"s{i}", Namespace = space },
            Spec = new V1ServiceSpec { Type = "LoadBalancer", Ports = [new V1ServicePort { Port = 80 }], Selector = new Dictionary<string, string> { ["app"] = $"s{i}" } },
        }));
        var created = creating.Elapsed;
        await Task.WhenAll(watchers);
        output.WriteLine($"{Services} Services created by {Clients} clients: {created.TotalSeconds:0.00} s; {Watchers} watches have seen all: {creating.Elapsed.TotalSeconds:0.00} s");

        var writing = Stopwatch.StartNew();
        await ForEachAsync(Services, (one, i) => one.PatchAsync(ResourceKinds.Services, space, $"s{i}",
            Patch.Merge(JsonNode.Parse($$"""{"status":{"loadBalancer":{"ingress":[{"ip":"10.0.{{i / 256}}.{{i % 256}}"}]} } }""")!.AsObject()), "status"));
        output.WriteLine($"{Services} status patches by {Clients} clients: {writing.Elapsed.TotalSeconds:0.00} s");
        await server.OkAsync("delete", "namespace", space, "--wait=false");
        Assert.True(created < TimeSpan.FromSeconds(10), $"creating took {created}");
        Assert.True(writing.Elapsed < TimeSpan.FromSeconds(10), $"writing took {writing.Elapsed}");
    }

    [Fact]
    public async Task Ten_thousand_objects_cost_no_more_each_than_a_thousand()
    {
        var space = await server.NamespaceAsync();
        using var client = Client();
        var first = await CreateAsync(space, 0, 1000);
        await CreateAsync(space, 1000, 9000);
        var last = await CreateAsync(space, 9000, 10_000);
        var all = Stopwatch.StartNew();
        Assert.Equal(10_000, (await client.ListAsync(ResourceKinds.ConfigMaps, space)).Items.Count);
        var whole = all.Elapsed;
        all.Restart();
        Assert.Equal(10_000, (await client.ListAllAsync(ResourceKinds.ConfigMaps, space)).Items.Count);
        output.WriteLine($"1 000 ConfigMaps created: the first {first.TotalSeconds:0.00} s, the tenth thousand {last.TotalSeconds:0.00} s; "
            + $"10 000 listed at once {whole.TotalMilliseconds:0} ms, in pages of {KubernetesClient.PageSize} {all.Elapsed.TotalMilliseconds:0} ms");
        var table = Stopwatch.StartNew();
        Assert.Equal(10_001, (await server.OkAsync("get", "cm", "-n", space)).Lines.Length);
        output.WriteLine($"kubectl get of 10 000: {table.Elapsed.TotalSeconds:0.00} s");
        await server.OkAsync("delete", "namespace", space, "--wait=false");
        Assert.True(last < first * 3 + TimeSpan.FromSeconds(1), $"{first} became {last}");
    }

    private async Task<TimeSpan> CreateAsync(string space, int from, int to)
    {
        var watch = Stopwatch.StartNew();
        await ForEachAsync(to - from, (one, i) => one.CreateAsync(ResourceKinds.ConfigMaps, new V1ConfigMap
        {
            Metadata = new V1ObjectMeta { Name = $"c{from + i}", Namespace = space },
            Data = new Dictionary<string, string> { ["key"] = "value" },
        }));
        return watch.Elapsed;
    }

    private async Task ForEachAsync(int count, Func<KubernetesClient, int, Task> write)
    {
        var next = -1;
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(async _ =>
        {
            using var client = Client();
            while (Interlocked.Increment(ref next) is var i && i < count)
                await write(client, i);
        }));
    }

    private static async Task CountAsync(KubernetesClient client, string space, string? version, int count, CancellationToken stop)
    {
        var seen = 0;
        await foreach (var happened in client.WatchAsync(ResourceKinds.Services, space, new WatchOptions { ResourceVersion = version }, stop))
        {
            if (happened.Type == WatchEventType.Added && ++seen == count)
                return;
        }
        Assert.Fail($"the watch ended after {seen} of {count}");
    }

    private KubernetesClient Client() => new(ClusterAccess.Load(server.Kubeconfig), TimeProvider.System);
}
