using MetalSharp.Announcement;
using MetalSharp.Configuration;
using MetalSharp.Net;
using MetalSharp.Speaker;
using MetalSharp.Tests.Announcement;

namespace MetalSharp.Tests.Speaker;

public sealed class AnnouncementChangeTests
{
    // n3 owns it while it can, then n1: see Layer2ElectionTests.
    private const string Vip = "192.168.3.100";

    private static readonly ServiceKey Web = ClusterBuilder.Key("web");
    private static readonly InetAddress Address = InetAddress.Parse(Vip);
    private static readonly PoolName Pool = new("default");

    [Fact]
    public void The_first_plan_announces_what_it_has_and_takes_over_from_nobody()
    {
        var change = Assert.Single(Between(null, Plan("n3", Cluster())));
        Assert.Equal(new AnnouncementChange.Announced(Web, Address, Pool, null, null, true), change);
        Assert.Empty(Between(null, Plan("n1", Cluster())));
    }

    [Fact]
    public void The_same_plan_again_is_no_change() => Assert.Empty(Between(Plan("n3", Cluster()), Plan("n3", Cluster())));

    [Fact]
    public void A_takeover_says_from_whom_and_why()
    {
        var change = Assert.Single(Between(Plan("n1", Cluster()), Plan("n1", Cluster().Node("n3", live: false))));
        Assert.Equal(new AnnouncementChange.Announced(Web, Address, Pool, new NodeName("n3"), ExclusionReason.NoLiveSpeaker, true), change);
        Assert.True(((AnnouncementChange.Announced)change).IsTakeover);
    }

    [Fact]
    public void A_node_that_comes_back_takes_from_who_stood_in_for_it()
    {
        var without = Cluster().Node("n3", live: false);
        Assert.Equal(
            [new AnnouncementChange.Withdrawn(Web, Address, ExclusionReason.NotOwner, new NodeName("n3"))],
            Between(Plan("n1", without), Plan("n1", Cluster())));
        Assert.Equal(
            [new AnnouncementChange.Announced(Web, Address, Pool, new NodeName("n1"), ExclusionReason.NotOwner, true)],
            Between(Plan("n3", without), Plan("n3", Cluster())));
    }

    [Fact]
    public void A_Service_that_begins_to_serve_was_nobodys_before()
    {
        var idle = Cluster().Service("web", Vip, "n1!");
        Assert.Equal([new AnnouncementChange.Announced(Web, Address, Pool, null, null, true)], Between(Plan("n3", idle), Plan("n3", Cluster())));
        Assert.Equal(
            [new AnnouncementChange.Withdrawn(Web, Address, ExclusionReason.NoReadyEndpoint, null)],
            Between(Plan("n3", Cluster()), Plan("n3", idle)));
    }

    [Fact]
    public void What_became_of_the_Service_is_the_reason()
    {
        var before = Plan("n3", Cluster());
        var gone = Plan("n3", Cluster().Without("web"));
        Assert.Equal(ExclusionReason.ServiceDeleted, Reason(Between(before, gone)));
        Assert.Equal(ExclusionReason.NotLoadBalancer, Reason(AnnouncementChange.Between(before, gone, _ => true)));
        Assert.Equal(ExclusionReason.NoAddressAllocated, Reason(Between(before, Plan("n3", Cluster().Service("web", "", "n1")))));
        var bgp = Cluster();
        bgp.Configuration = ClusterBuilder.Pools(("default", "192.168.3.0/24", AnnouncementProtocols.Bgp));
        Assert.Equal(ExclusionReason.ProtocolNotLayer2, Reason(Between(before, Plan("n3", bgp))));
    }

    [Fact]
    public void Another_address_of_the_Service_replaces_the_first()
    {
        var changes = Between(Plan("n3", Cluster()), Plan("n3", Cluster().Service("web", OtherOfN3(), "n1"))).ToList();
        Assert.Contains(new AnnouncementChange.Withdrawn(Web, Address, ExclusionReason.AddressChanged, null), changes);
        // Not the first one of the Service that this node announces: no event is due.
        Assert.False(Assert.Single(changes.OfType<AnnouncementChange.Announced>()).IsFirst);
    }

    [Fact]
    public void A_dual_stack_Service_is_first_announced_once()
    {
        var cluster = Cluster().Service("web", $"{Vip} 2001:db8::1", "n1");
        cluster.Configuration = ClusterBuilder.Pools(
            ("v4", "192.168.3.0/24", AnnouncementProtocols.Layer2), ("v6", "2001:db8::/64", AnnouncementProtocols.Layer2));
        Assert.Equal([true, false], Between(null, Plan("n3", cluster)).Cast<AnnouncementChange.Announced>().Select(change => change.IsFirst));
    }

    private static string OtherOfN3() => Enumerable.Range(101, 50).Select(i => $"192.168.3.{i}")
        .First(address => Layer2Election.Owner(InetAddress.Parse(address), [new("n1"), new("n2"), new("n3")]) == new NodeName("n3"));

    private static ExclusionReason Reason(IEnumerable<AnnouncementChange> changes) =>
        Assert.IsType<AnnouncementChange.Withdrawn>(Assert.Single(changes)).Reason;

    private static IEnumerable<AnnouncementChange> Between(AnnouncementPlan? before, AnnouncementPlan after) =>
        AnnouncementChange.Between(before, after, _ => false);

    private static ClusterBuilder Cluster() => new ClusterBuilder().Nodes(3).Service("web", Vip, "n1");

    private static AnnouncementPlan Plan(string node, ClusterBuilder cluster) => AnnouncementPlan.For(cluster.Build(), new(node));
}
