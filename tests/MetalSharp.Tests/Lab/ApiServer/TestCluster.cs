using System.Text.Json.Nodes;
using MetalSharp.Lab.ApiServer;
using MetalSharp.Lab.ApiServer.Resources;
using MetalSharp.Lab.ApiServer.Storage;
using MetalSharp.Net;

namespace MetalSharp.Tests.Lab.ApiServer;

/// <summary>The API server without its web server: store, rules and what follows from writes.</summary>
internal sealed class TestCluster : IAsyncDisposable
{
    private static readonly BuiltInResources Shared = Make(["10.96.0.0/16"]);

    public TestCluster(int history = 1000, params string[] serviceRanges)
    {
        BuiltIns = Make(serviceRanges is [] ? ["10.96.0.0/29"] : serviceRanges);
        Registry = new ResourceRegistry(BuiltIns);
        Writes = new ObjectWrites(BuiltIns, TimeProvider.System);
        Store = new ClusterStore(history, new ObjectLifecycle(BuiltIns, Registry, Writes).AfterWrite);
    }

    public BuiltInResources BuiltIns { get; }

    public ResourceRegistry Registry { get; }

    public ObjectWrites Writes { get; }

    public ClusterStore Store { get; }

    public static ServedResource Resource(string plural) => Shared.Served.First(served => served.Type.Plural == plural);

    /// <summary>A cluster with the namespaces "default" and "ns".</summary>
    public static async Task<TestCluster> StartAsync(int history = 1000, params string[] serviceRanges)
    {
        var cluster = new TestCluster(history, serviceRanges);
        foreach (var name in new[] { "default", "ns" })
            await cluster.CreateAsync("namespaces", $$"""{"metadata":{"name":"{{name}}"} }""");
        return cluster;
    }

    public ServedResource Served(string plural, string? group = null) =>
        Registry.All.First(served => served.Type.Plural == plural && (group is null || served.Group == group));

    public async Task<JsonObject> CreateAsync(string plural, string json, string group = "", bool isDryRun = false)
    {
        var given = JsonNode.Parse(json)!.AsObject();
        var served = Served(plural, group.Length == 0 ? null : group);
        var @namespace = served.Type.Namespaced ? given.Meta().Text("namespace") ?? "default" : "";
        return (await Store.WriteAsync(writer =>
            Writes.Create(writer, served, @namespace, given, new WriteOptions("test", isDryRun)))).Parse();
    }

    public async Task<JsonObject> MergeAsync(string plural, string name, string patch, string subresource = "", string @namespace = "default")
    {
        var served = Served(plural);
        var key = new ObjectKey(served.Type.Namespaced ? @namespace : "", name);
        return (await Store.WriteAsync(writer => Writes.Patch(writer, served, key, live =>
        {
            MetalSharp.Lab.ApiServer.Patching.MergePatch.Apply(live, JsonNode.Parse(patch)!.AsObject());
            return live;
        }, new WriteOptions("test", Subresource: subresource)))).Parse();
    }

    public async Task<JsonObject> ReplaceAsync(string plural, JsonObject given)
    {
        var key = new ObjectKey(given.Meta().Text("namespace") ?? "", given.Meta().Text("name")!);
        return (await Store.WriteAsync(writer =>
            Writes.Update(writer, Served(plural), key, (JsonObject)given.DeepClone(), new WriteOptions("test")))).Parse();
    }

    public Task<(StoredObject Stored, bool IsGone)> DeleteAsync(string plural, string name, DeletionPolicy? policy = null, string @namespace = "default")
    {
        var type = Served(plural).Type;
        return Store.WriteAsync(writer => Writes.Delete(
            writer, type, writer.Find(type, new ObjectKey(type.Namespaced ? @namespace : "", name))!, policy ?? DeletionPolicy.Background));
    }

    public JsonObject? Find(string plural, string name, string @namespace = "default")
    {
        var type = Served(plural).Type;
        return Store.Log(type.Bucket).Find(new ObjectKey(type.Namespaced ? @namespace : "", name))?.Parse();
    }

    public ValueTask DisposeAsync() => Store.DisposeAsync();

    private static BuiltInResources Make(string[] ranges) => new(new ServiceRules(
        new ServiceRanges([.. ranges.Select(range => InetPrefix.Parse(range))], 30000, 30003)), TimeProvider.System);
}
