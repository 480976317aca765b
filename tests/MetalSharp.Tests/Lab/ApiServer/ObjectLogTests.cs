using MetalSharp.Lab.ApiServer.Storage;

namespace MetalSharp.Tests.Lab.ApiServer;

public sealed class ObjectLogTests
{
    [Fact]
    public async Task History_is_bounded_and_the_oldest_goes_first()
    {
        await using var cluster = await TestCluster.StartAsync(history: 10);
        var log = cluster.Store.Log("configmaps");
        var start = cluster.Store.Revision;
        var slow = log.Newest;
        for (var i = 0; i < 10; i++)
            await cluster.CreateAsync("configmaps", $$"""{"metadata":{"name":"c{{i}}"} }""");
        Assert.NotNull(log.At(start));
        Assert.False(log.HasForgotten(slow));
        await cluster.CreateAsync("configmaps", """{"metadata":{"name":"one-too-many"}}""");
        Assert.Null(log.At(start - 1));
        Assert.True(log.HasForgotten(slow));
        Assert.NotNull(log.At(cluster.Store.Revision));
    }

    [Fact]
    public async Task Compaction_forgets_everything_before_it()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.CreateAsync("configmaps", """{"metadata":{"name":"a"}}""");
        var log = cluster.Store.Log("configmaps");
        var (before, position) = (cluster.Store.Revision, log.Newest);
        await cluster.Store.CompactAsync();
        Assert.Null(log.At(before));
        Assert.True(log.HasForgotten(position));
        Assert.Equal(ChangeKind.Compacted, (await position.Next).Kind);
        Assert.Single(log.Newest.After);
    }

    [Fact]
    public async Task Every_follower_sees_every_change_in_order()
    {
        await using var cluster = await TestCluster.StartAsync();
        var log = cluster.Store.Log("configmaps");
        var followers = Enumerable.Range(0, 5).Select(_ => FollowAsync(log.Newest, 60)).ToList();
        for (var i = 0; i < 30; i++)
        {
            await cluster.CreateAsync("configmaps", $$"""{"metadata":{"name":"c{{i}}"} }""");
            await cluster.DeleteAsync("configmaps", $"c{i}");
        }
        foreach (var follower in followers)
        {
            var seen = await follower;
            Assert.Equal(seen.Order(), seen);
            Assert.Equal(60, seen.Distinct().Count());
        }
    }

    private static async Task<List<long>> FollowAsync(LogEntry position, int count)
    {
        var seen = new List<long>();
        while (seen.Count < count)
        {
            position = await position.Next;
            seen.Add(position.Revision);
        }
        return seen;
    }
}
