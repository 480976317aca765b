using MetalSharp.Lab.ApiServer.Access;
using MetalSharp.Lab.ApiServer.Storage;

namespace MetalSharp.Tests.Lab.ApiServer;

public sealed class ServiceAccountTokensTests
{
    [Fact]
    public async Task A_token_ends_with_its_time()
    {
        await using var cluster = await TestCluster.StartAsync();
        var time = new ManualTime();
        var tokens = new ServiceAccountTokens(cluster.Store, cluster.BuiltIns, time);
        var (token, _) = tokens.Issue(Account(cluster), TimeSpan.FromHours(1), []);
        Assert.Equal("system:serviceaccount:default:default", tokens.Recognize(token)!.Name);
        time.Advance(TimeSpan.FromMinutes(59));
        Assert.NotNull(tokens.Recognize(token));
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.Null(tokens.Recognize(token));
    }

    [Fact]
    public async Task A_changed_token_or_one_for_somebody_else_is_none_of_ours()
    {
        await using var cluster = await TestCluster.StartAsync();
        var tokens = new ServiceAccountTokens(cluster.Store, cluster.BuiltIns, TimeProvider.System);
        var (token, _) = tokens.Issue(Account(cluster), TimeSpan.FromHours(1), []);
        for (var at = 0; at < token.Length; at++)
        {
            // The last character of a base64 group may carry bits that mean nothing; the signature's text is compared, so it counts too.
            var changed = token[..at] + (token[at] == 'A' ? 'B' : 'A') + token[(at + 1)..];
            Assert.Null(tokens.Recognize(changed));
        }
        Assert.Null(tokens.Recognize(token[..^1]));
        Assert.Null(tokens.Recognize(""));
        Assert.Null(tokens.Recognize(tokens.Issue(Account(cluster), TimeSpan.FromHours(1), ["vault"]).Token));
        Assert.Null(new ServiceAccountTokens(cluster.Store, cluster.BuiltIns, TimeProvider.System).Recognize(token));
    }

    [Fact]
    public async Task A_token_of_an_account_that_was_made_anew_is_worth_nothing()
    {
        await using var cluster = await TestCluster.StartAsync();
        var tokens = new ServiceAccountTokens(cluster.Store, cluster.BuiltIns, TimeProvider.System);
        var (token, _) = tokens.Issue(Account(cluster), TimeSpan.FromHours(1), []);
        await cluster.DeleteAsync("serviceaccounts", "default");
        await cluster.CreateAsync("serviceaccounts", """{"metadata":{"name":"default"}}""");
        Assert.Null(tokens.Recognize(token));
    }

    private static StoredObject Account(TestCluster cluster) =>
        cluster.Store.Log("serviceaccounts").Find(new ObjectKey("default", "default"))!;
}
