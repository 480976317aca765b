using MetalSharp.Announcement;
using MetalSharp.Kubernetes.Models;
using MetalSharp.Net;
using MetalSharp.Speaker;

namespace MetalSharp.Tests.Speaker;

public sealed class ConfigurationInForceTests
{
    private readonly ConfigurationInForce _configuration = new();

    [Fact]
    public void A_valid_ConfigMap_is_in_force_and_told_once()
    {
        var configMap = Pool("192.168.3.100-192.168.3.200");
        Assert.True(Offer(configMap));
        Assert.IsType<ConfigurationOutcome.Loaded>(_configuration.Outcome);
        Assert.True(_configuration.Current!.Pools[0].Contains(InetAddress.Parse("192.168.3.100")));
        Assert.False(Offer(configMap));
        // The same text in another object is no news either.
        Assert.False(Offer(Pool("192.168.3.100-192.168.3.200")));
    }

    [Fact]
    public void Without_a_ConfigMap_nothing_is_in_force()
    {
        Assert.False(Offer(null));
        Assert.IsType<ConfigurationOutcome.Absent>(_configuration.Outcome);
        Assert.Null(_configuration.Current);
    }

    [Fact]
    public void An_invalid_or_deleted_ConfigMap_leaves_the_last_good_one_in_force()
    {
        Offer(Pool("192.168.3.0/24"));
        var good = _configuration.Current;
        Assert.True(Offer(Pool("192.168.3.0/33")));
        Assert.NotEmpty(Assert.IsType<ConfigurationOutcome.Invalid>(_configuration.Outcome).Errors);
        Assert.Same(good, _configuration.Current);
        Assert.True(Offer(null));
        Assert.Same(good, _configuration.Current);
        Assert.True(Offer(Pool("192.168.3.0/24")));
        Assert.IsType<ConfigurationOutcome.Loaded>(_configuration.Outcome);
    }

    [Fact]
    public void A_change_that_takes_an_address_in_use_is_refused_until_nobody_uses_it()
    {
        var web = new LoadBalancerService(new("default", "web")) { Addresses = [InetAddress.Parse("192.168.3.100")] };
        Offer(Pool("192.168.3.0/24"), web);
        var moved = Pool("192.168.4.0/24");
        Assert.True(Offer(moved, web));
        Assert.Equal([web.Key], Assert.IsType<ConfigurationOutcome.TakesAddressesAway>(_configuration.Outcome).Services);
        Assert.True(_configuration.Current!.Pools[0].Contains(InetAddress.Parse("192.168.3.100")));
        Assert.False(Offer(moved, web));
        Assert.True(Offer(moved));
        Assert.True(_configuration.Current!.Pools[0].Contains(InetAddress.Parse("192.168.4.1")));
    }

    [Fact]
    public void An_address_that_no_pool_ever_had_hinders_no_change()
    {
        var foreign = new LoadBalancerService(new("default", "foreign")) { Addresses = [InetAddress.Parse("10.0.0.1")] };
        Assert.True(Offer(Pool("192.168.3.0/24"), foreign));
        Assert.True(Offer(Pool("192.168.4.0/24"), foreign));
        Assert.IsType<ConfigurationOutcome.Loaded>(_configuration.Outcome);
    }

    private bool Offer(V1ConfigMap? configMap, params LoadBalancerService[] services) => _configuration.Offer(configMap, "metallb-system/config", services);

    private static V1ConfigMap Pool(string addresses) => new()
    {
        Data = new Dictionary<string, string>
        {
            ["config"] = $"""
                address-pools:
                - name: default
                  protocol: layer2
                  addresses:
                  - {addresses}
                """,
        },
    };
}
