using System.Text.Json.Nodes;
using MetalSharp.Lab.ApiServer;
using MetalSharp.Lab.ApiServer.Http;
using MetalSharp.Lab.ApiServer.Resources;

namespace MetalSharp.Tests.Lab.ApiServer;

public sealed class ObjectWritesTests
{
    private const string Definition = """
        {"metadata":{"name":"pools.example.io"},"spec":{"group":"example.io","scope":"Namespaced","names":{"plural":"pools","kind":"Pool"},
         "versions":[{"name":"v1","served":true,"storage":true,"subresources":{"status":{}},"schema":{"openAPIV3Schema":{"type":"object"}}},
                     {"name":"v1beta1","served":true,"storage":false,"schema":{"openAPIV3Schema":{"type":"object"}}}]}}
        """;

    [Fact]
    public async Task A_stale_replace_is_a_conflict()
    {
        await using var cluster = await TestCluster.StartAsync();
        var read = await cluster.CreateAsync("configmaps", """{"metadata":{"name":"c"},"data":{"a":"1"}}""");
        await cluster.MergeAsync("configmaps", "c", """{"data":{"a":"2"}}""");
        read["metadata"]!["namespace"] = "default";
        var refusal = await Assert.ThrowsAsync<ApiException>(() => cluster.ReplaceAsync("configmaps", read));
        Assert.Equal(
            "Operation cannot be fulfilled on configmaps \"c\": the object has been modified; please apply your changes to the latest version and try again",
            refusal.Message);
    }

    [Fact]
    public async Task A_write_that_changes_nothing_leaves_the_version()
    {
        await using var cluster = await TestCluster.StartAsync();
        var before = await cluster.CreateAsync("services", """{"metadata":{"name":"s"},"spec":{"ports":[{"port":80}]}}""");
        var after = await cluster.MergeAsync("services", "s", """{"spec":{"type":"ClusterIP"}}""");
        Assert.Equal(before.Meta().Text("resourceVersion"), after.Meta().Text("resourceVersion"));
    }

    [Fact]
    public async Task Status_and_the_rest_are_written_through_different_doors()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.CreateAsync("services", """{"metadata":{"name":"s"},"spec":{"type":"LoadBalancer","ports":[{"port":80}]},"status":{"loadBalancer":{"ingress":[{"ip":"9.9.9.9"}]}}}""");
        Assert.Equal("{}", cluster.Find("services", "s")!.At("status", "loadBalancer")!.ToJsonString());

        var patch = """{"metadata":{"annotations":{"a":"b"}},"spec":{"externalName":"x"},"status":{"loadBalancer":{"ingress":[{"ip":"1.1.1.1"}]}}}""";
        var byMain = await cluster.MergeAsync("services", "s", patch);
        Assert.Equal("x", byMain.Text("spec", "externalName"));
        Assert.Empty(byMain.List("status", "loadBalancer", "ingress"));
        var byStatus = await cluster.MergeAsync("services", "s", patch.Replace("\"x\"", "\"y\"", StringComparison.Ordinal).Replace("\"b\"", "\"c\"", StringComparison.Ordinal), "status");
        Assert.Equal("x", byStatus.Text("spec", "externalName"));
        Assert.Equal("c", byStatus.Text("metadata", "annotations", "a"));
        Assert.Equal("""[{"ip":"1.1.1.1","ipMode":"VIP"}]""", byStatus.At("status", "loadBalancer", "ingress")!.ToJsonString());
    }

    [Fact]
    public async Task Custom_objects_count_generations_of_what_is_wanted()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.CreateAsync("customresourcedefinitions", Definition);
        Assert.Equal(1, (await cluster.CreateAsync("pools", """{"metadata":{"name":"p"},"spec":{"a":1}}""")).Number("metadata", "generation"));
        Assert.Equal(1, (await cluster.MergeAsync("pools", "p", """{"metadata":{"labels":{"x":"y"}}}""")).Number("metadata", "generation"));
        Assert.Equal(1, (await cluster.MergeAsync("pools", "p", """{"status":{"used":3},"spec":{"a":9}}""", "status")).Number("metadata", "generation"));
        var changed = await cluster.MergeAsync("pools", "p", """{"spec":{"a":2},"status":{"used":9}}""");
        Assert.Equal((2, 3), (changed.Number("metadata", "generation"), changed.Number("status", "used")));
    }

    [Fact]
    public async Task A_definition_serves_its_versions_and_takes_its_objects_along()
    {
        await using var cluster = await TestCluster.StartAsync();
        var definition = await cluster.CreateAsync("customresourcedefinitions", Definition);
        Assert.Contains(definition.List("status", "conditions"), one => one.Text("type") == "Established" && one.Text("status") == "True");
        Assert.NotNull(cluster.Registry.Find("example.io", "v1beta1", "pools"));
        await cluster.CreateAsync("pools", """{"metadata":{"name":"p"}}""");
        await cluster.DeleteAsync("customresourcedefinitions", "pools.example.io");
        Assert.Null(cluster.Registry.Find("example.io", "v1", "pools"));
        Assert.Empty(cluster.Store.Log("pools.example.io").Newest.After);
    }

    [Fact]
    public async Task Finalizers_hold_an_object_until_the_last_is_gone()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.CreateAsync("configmaps", """{"metadata":{"name":"c","finalizers":["x/y"]}}""");
        var (_, isGone) = await cluster.DeleteAsync("configmaps", "c");
        Assert.False(isGone);
        Assert.NotNull(cluster.Find("configmaps", "c")!.Meta()["deletionTimestamp"]);
        var refusal = await Assert.ThrowsAsync<ApiException>(() => cluster.MergeAsync("configmaps", "c", """{"metadata":{"finalizers":["x/y","z/z"]}}"""));
        Assert.Contains("no new finalizers can be added", refusal.Message, StringComparison.Ordinal);
        await cluster.MergeAsync("configmaps", "c", """{"metadata":{"finalizers":null}}""");
        Assert.Null(cluster.Find("configmaps", "c"));
    }

    [Fact]
    public async Task Dependents_go_with_their_last_owner()
    {
        await using var cluster = await TestCluster.StartAsync();
        var first = await OwnerAsync(cluster, "first");
        var second = await OwnerAsync(cluster, "second");
        await cluster.CreateAsync("configmaps", Dependent("shared", first, second));
        await cluster.CreateAsync("configmaps", Dependent("child", first));
        var child = cluster.Find("configmaps", "child")!;
        await cluster.CreateAsync("configmaps", Dependent("grandchild", child));

        await cluster.DeleteAsync("configmaps", "first");
        Assert.Null(cluster.Find("configmaps", "child"));
        Assert.Null(cluster.Find("configmaps", "grandchild"));
        Assert.NotNull(cluster.Find("configmaps", "shared"));
        await cluster.DeleteAsync("configmaps", "second");
        Assert.Null(cluster.Find("configmaps", "shared"));
    }

    [Fact]
    public async Task Orphaned_dependents_stay_without_their_owner()
    {
        await using var cluster = await TestCluster.StartAsync();
        var owner = await OwnerAsync(cluster, "owner");
        await cluster.CreateAsync("configmaps", Dependent("child", owner));
        await cluster.DeleteAsync("configmaps", "owner", new DeletionPolicy { Finalizer = DeletionPolicy.OrphanFinalizer });
        Assert.Null(cluster.Find("configmaps", "owner"));
        Assert.Null(cluster.Find("configmaps", "child")!.Meta()["ownerReferences"]);
    }

    [Fact]
    public async Task Foreground_deletion_waits_for_dependents_that_are_held()
    {
        await using var cluster = await TestCluster.StartAsync();
        var owner = await OwnerAsync(cluster, "owner");
        await cluster.CreateAsync("configmaps", Dependent("child", owner).Replace("\"name\":\"child\"", "\"finalizers\":[\"x/y\"],\"name\":\"child\"", StringComparison.Ordinal));
        await cluster.DeleteAsync("configmaps", "owner", DeletionPolicy.Foreground);
        Assert.Equal("""["foregroundDeletion"]""", cluster.Find("configmaps", "owner")!.At("metadata", "finalizers")!.ToJsonString());
        await cluster.MergeAsync("configmaps", "child", """{"metadata":{"finalizers":null}}""");
        Assert.Null(cluster.Find("configmaps", "child"));
        Assert.Null(cluster.Find("configmaps", "owner"));
    }

    [Fact]
    public async Task A_namespace_goes_when_its_last_object_has_gone()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.CreateAsync("configmaps", """{"metadata":{"name":"held","namespace":"ns","finalizers":["x/y"]}}""");
        await cluster.CreateAsync("services", """{"metadata":{"name":"s","namespace":"ns"},"spec":{"ports":[{"port":80}]}}""");
        Assert.NotNull(cluster.Find("serviceaccounts", "default", "ns"));
        await cluster.DeleteAsync("namespaces", "ns");
        Assert.Equal("Terminating", cluster.Find("namespaces", "ns").Text("status", "phase"));
        Assert.Null(cluster.Find("services", "s", "ns"));
        var refusal = await Assert.ThrowsAsync<ApiException>(() => cluster.CreateAsync("configmaps", """{"metadata":{"name":"late","namespace":"ns"}}"""));
        Assert.Equal("configmaps is forbidden: unable to create new content in namespace ns because it is being terminated", refusal.Message);
        await cluster.MergeAsync("configmaps", "held", """{"metadata":{"finalizers":null}}""", @namespace: "ns");
        Assert.Null(cluster.Find("namespaces", "ns"));
    }

    [Fact]
    public async Task Preconditions_name_exactly_one_object()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.CreateAsync("configmaps", """{"metadata":{"name":"c"}}""");
        var refusal = await Assert.ThrowsAsync<ApiException>(() => cluster.DeleteAsync("configmaps", "c", new DeletionPolicy { Uid = "other" }));
        Assert.Equal(409, refusal.Code);
        Assert.NotNull(cluster.Find("configmaps", "c"));
    }

    [Fact]
    public async Task A_dry_run_answers_and_stores_nothing()
    {
        await using var cluster = await TestCluster.StartAsync();
        var answer = await cluster.CreateAsync("services", """{"metadata":{"name":"s"},"spec":{"ports":[{"port":80}]}}""", isDryRun: true);
        Assert.NotNull(answer.Text("spec", "clusterIP"));
        Assert.Null(cluster.Find("services", "s"));
        var revision = cluster.Store.Revision;
        for (var i = 0; i < 20; i++)
            await cluster.CreateAsync("services", """{"metadata":{"name":"s"},"spec":{"ports":[{"port":80}]}}""", isDryRun: true);
        Assert.Equal(revision, cluster.Store.Revision);
    }

    [Fact]
    public async Task Generated_names_keep_their_prefix_and_differ()
    {
        await using var cluster = await TestCluster.StartAsync();
        var names = new HashSet<string>();
        for (var i = 0; i < 50; i++)
            names.Add((await cluster.CreateAsync("configmaps", """{"metadata":{"generateName":"web-"}}""")).Meta().Text("name")!);
        Assert.Equal(50, names.Count);
        Assert.All(names, name => Assert.Matches("^web-[a-z0-9]{5}$", name));
    }

    [Fact]
    public async Task An_event_written_through_either_group_reads_in_both()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.CreateAsync("events", """
            {"metadata":{"name":"e"},"regarding":{"kind":"Service","name":"web"},"note":"assigned","reason":"Allocated","reportingController":"c","eventTime":"2026-11-20T11:00:00.000000Z"}
            """, "events.k8s.io");
        var stored = cluster.Find("events", "e")!;
        Assert.Equal(("v1", "web", "assigned", "c"),
            (stored.Text("apiVersion"), stored.Text("involvedObject", "name"), stored.Text("message"), stored.Text("reportingComponent")));
        cluster.Served("events", "events.k8s.io").Conversion!.FromStored(stored);
        Assert.Equal(("events.k8s.io/v1", "web", "assigned", "c"),
            (stored.Text("apiVersion"), stored.Text("regarding", "name"), stored.Text("note"), stored.Text("reportingController")));
    }

    private static Task<JsonObject> OwnerAsync(TestCluster cluster, string name) =>
        cluster.CreateAsync("configmaps", $$"""{"metadata":{"name":"{{name}}"} }""");

    private static string Dependent(string name, params JsonObject[] owners) => new JsonObject
    {
        ["metadata"] = new JsonObject
        {
            ["name"] = name,
            ["ownerReferences"] = new JsonArray([.. owners.Select(owner => new JsonObject
            {
                ["apiVersion"] = "v1",
                ["kind"] = "ConfigMap",
                ["name"] = owner.Meta().Text("name"),
                ["uid"] = owner.Meta().Text("uid"),
            })]),
        },
    }.ToJsonString();
}
