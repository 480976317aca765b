using MetalSharp.Lab.ApiServer.Http;
using MetalSharp.Lab.ApiServer.Selectors;

namespace MetalSharp.Tests.Lab.ApiServer;

public sealed class ObjectListTests
{
    [Fact]
    public async Task Pages_show_the_state_of_the_first_one_whatever_happens_meanwhile()
    {
        await using var cluster = await ClusterWithAsync("a", "b", "c", "d", "e");
        var first = List(cluster, new ListQuery { Limit = 2 });
        Assert.Equal(["a", "b"], Names(first));
        Assert.Equal(3, first.Remaining);

        await cluster.DeleteAsync("configmaps", "d");
        await cluster.CreateAsync("configmaps", """{"metadata":{"name":"bb"}}""");
        var second = List(cluster, new ListQuery { Limit = 2, Continue = first.Continue! });
        var third = List(cluster, new ListQuery { Limit = 2, Continue = second.Continue! });
        Assert.Equal(["c", "d", "e"], Names(second).Concat(Names(third)));
        Assert.Equal(first.Revision, third.Revision);
        Assert.Null(third.Continue);
    }

    [Fact]
    public async Task A_page_of_a_forgotten_state_is_gone()
    {
        await using var cluster = await ClusterWithAsync("a", "b", "c");
        var first = List(cluster, new ListQuery { Limit = 2 });
        await cluster.Store.CompactAsync();
        var refusal = Assert.Throws<ApiException>(() => List(cluster, new ListQuery { Continue = first.Continue! }));
        Assert.Equal((410, "Expired"), (refusal.Code, refusal.Reason));
    }

    [Fact]
    public async Task A_namespace_lists_its_own_objects_only()
    {
        await using var cluster = await ClusterWithAsync("a", "b");
        await cluster.CreateAsync("configmaps", """{"metadata":{"name":"c","namespace":"ns"}}""");
        Assert.Equal(["a", "b"], Names(List(cluster, new ListQuery())));
        Assert.Equal(["c"], Names(List(cluster, new ListQuery(), "ns")));
        Assert.Equal(["a", "b", "c"], Names(List(cluster, new ListQuery(), "")));
        Assert.Empty(List(cluster, new ListQuery(), "n").Items);
    }

    [Fact]
    public async Task Pages_of_a_selection_are_full_and_complete()
    {
        await using var cluster = await ClusterWithAsync();
        for (var i = 0; i < 20; i++)
            await cluster.CreateAsync("configmaps", $$"""{"metadata":{"name":"c{{i:00}}","labels":{"odd":"{{i % 2}}"} } }""");
        var seen = new List<string>();
        var query = new ListQuery { Limit = 3, Labels = LabelSelector.Parse("odd=1") };
        do
        {
            var page = List(cluster, query);
            Assert.True(page.Items.Count == 3 || page.Continue is null);
            seen.AddRange(Names(page));
            query = query with { Continue = page.Continue ?? "" };
        }
        while (query.Continue.Length > 0);
        Assert.Equal(Enumerable.Range(0, 10).Select(i => $"c{i * 2 + 1:00}"), seen);
    }

    [Fact]
    public async Task An_exact_version_lists_the_past()
    {
        await using var cluster = await ClusterWithAsync("a");
        var then = List(cluster, new ListQuery()).Revision;
        await cluster.CreateAsync("configmaps", """{"metadata":{"name":"b"}}""");
        Assert.Equal(["a"], Names(List(cluster, new ListQuery { ResourceVersion = $"{then}", IsExact = true })));
        Assert.Equal(["a", "b"], Names(List(cluster, new ListQuery { ResourceVersion = $"{then}" })));
        Assert.Equal(504, Assert.Throws<ApiException>(() => List(cluster, new ListQuery { ResourceVersion = "99999" })).Code);
    }

    [Fact]
    public async Task A_name_is_found_without_a_list()
    {
        await using var cluster = await ClusterWithAsync("a", "b");
        var byName = new ListQuery { Fields = FieldSelector.Parse("metadata.name=b", cluster.Served("configmaps")) };
        Assert.Equal(["b"], Names(List(cluster, byName)));
        Assert.Equal(["b"], Names(List(cluster, byName, "")));
        Assert.Empty(List(cluster, byName, "ns").Items);
    }

    [Fact]
    public async Task The_version_of_a_list_loses_no_change_to_a_watch_from_there()
    {
        await using var cluster = await ClusterWithAsync();
        var creating = Task.Run(async () =>
        {
            for (var i = 0; i < 300; i++)
                await cluster.CreateAsync("configmaps", $$"""{"metadata":{"name":"c{{i}}"} }""");
        });
        var log = cluster.Store.Log("configmaps");
        for (var round = 0; round < 200; round++)
        {
            var list = List(cluster, new ListQuery());
            var position = log.At(list.Revision)!;
            Assert.Equal(list.Items.Count, position.After.Count);
        }
        await creating;
    }

    private static ObjectList List(TestCluster cluster, ListQuery query, string @namespace = "default") =>
        ObjectList.Read(cluster.Store, cluster.Served("configmaps"), @namespace, query);

    private static IEnumerable<string> Names(ObjectList list) => list.Items.Select(item => item.Key.Name);

    private static async Task<TestCluster> ClusterWithAsync(params string[] names)
    {
        var cluster = await TestCluster.StartAsync();
        foreach (var name in names)
            await cluster.CreateAsync("configmaps", $$"""{"metadata":{"name":"{{name}}"} }""");
        return cluster;
    }
}
