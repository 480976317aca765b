using System.Text.Json;
using MetalSharp.Announcement;
using MetalSharp.Configuration;
using MetalSharp.Net;

namespace MetalSharp.Tests.Announcement;

public sealed class AnnouncementPlanTests
{
    private const string Vip = "192.168.3.100";

    [Fact]
    public void Exactly_one_node_announces_under_policy_Cluster_wherever_the_pods_are()
    {
        var cluster = new ClusterBuilder().Nodes(3).Service("web", Vip, "n1").Build();
        // n3 has the lowest sha256(node#192.168.3.100), see Layer2ElectionTests.
        Assert.Equal("n3", Owner(cluster));
        Assert.Equal(ExclusionReason.NotOwner, Verdict(cluster, "n1"));
        Assert.Equal(ExclusionReason.NotOwner, Verdict(cluster, "n2"));
        Assert.Null(Verdict(cluster, "n3"));
        var explanation = Explain(cluster);
        Assert.Equal("n3 n1 n2", string.Join(' ', explanation.Candidates));
        Assert.True(explanation.Excluded.IsEmpty);
    }

    [Fact]
    public void Policy_Local_wants_an_endpoint_on_the_node()
    {
        var cluster = new ClusterBuilder().Nodes(3).Service("web", Vip, "n1 n2! n1", ExternalTrafficPolicy.Local).Build();
        Assert.Equal("n1", Owner(cluster));
        Assert.Equal(ExclusionReason.NoReadyLocalEndpoint, Verdict(cluster, "n2"));
        Assert.Equal(ExclusionReason.NoReadyLocalEndpoint, Verdict(cluster, "n3"));
        Assert.Equal([new(new("n2"), ExclusionReason.NoReadyLocalEndpoint), new(new("n3"), ExclusionReason.NoReadyLocalEndpoint)],
            Explain(cluster).Excluded);
    }

    [Theory]
    [InlineData(ExternalTrafficPolicy.Cluster, "")]
    [InlineData(ExternalTrafficPolicy.Cluster, "n1! n3!")]
    [InlineData(ExternalTrafficPolicy.Local, "")]
    [InlineData(ExternalTrafficPolicy.Local, "n3!")]
    public void Nobody_announces_what_nobody_can_serve(ExternalTrafficPolicy policy, string endpoints)
    {
        var cluster = new ClusterBuilder().Nodes(3).Service("web", Vip, endpoints, policy).Build();
        Assert.Null(Owner(cluster));
        Assert.Equal(ExclusionReason.NoReadyEndpoint, Verdict(cluster, "n3"));
        Assert.Empty(Explain(cluster).Candidates);
        Assert.Equal(3, Explain(cluster).Excluded.Count(node => node.Reason == ExclusionReason.NoReadyEndpoint));
    }

    [Fact]
    public void An_endpoint_without_a_node_serves_policy_Cluster_but_is_local_nowhere()
    {
        Assert.Equal("n3", Owner(new ClusterBuilder().Nodes(3).Service("web", Vip, "?").Build()));
        var local = new ClusterBuilder().Nodes(3).Service("web", Vip, "?", ExternalTrafficPolicy.Local).Build();
        Assert.Null(Owner(local));
        Assert.Equal(ExclusionReason.NoReadyLocalEndpoint, Verdict(local, "n3"));
    }

    [Fact]
    public void An_address_that_one_slice_calls_unable_is_unable()
    {
        var pod = InetAddress.Parse("10.0.0.1");
        var cluster = new ClusterBuilder().Nodes(2).Service("web", Vip, "", ExternalTrafficPolicy.Local)
            .Endpoints("web", new(pod, new("n1"), true), new(pod, new("n1"), false), new(InetAddress.Parse("10.0.0.2"), new("n2"), true));
        Assert.Equal("n2", Owner(cluster.Build()));
    }

    [Fact]
    public void A_node_without_a_live_speaker_announces_nothing()
    {
        var cluster = new ClusterBuilder().Nodes(3).Node("n3", live: false).Service("web", Vip, "n3").Build();
        Assert.Equal("n1", Owner(cluster));
        Assert.Equal([new(new("n3"), ExclusionReason.NoLiveSpeaker)], Explain(cluster).Excluded);
    }

    [Fact]
    public void A_speaker_on_a_node_that_the_cluster_does_not_know_announces_nothing()
    {
        var cluster = new ClusterBuilder().Nodes(2).Service("web", Vip, "n1");
        cluster.Live.Add(new("n3"));
        Assert.Equal("n1", Owner(cluster.Build()));
        Assert.Equal(ExclusionReason.NodeUnknown, Verdict(cluster.Build(), "n3"));
    }

    [Fact]
    public void The_exclusion_label_excludes_whatever_its_value()
    {
        var cluster = new ClusterBuilder().Nodes(3).Node("n3", label: ClusterNode.ExcludeLabel).Service("web", Vip, "n3").Build();
        Assert.Equal("n1", Owner(cluster));
        Assert.Equal(ExclusionReason.NodeExcludedByLabel, Verdict(cluster, "n3"));
    }

    [Fact]
    public void A_node_whose_network_is_unavailable_is_excluded_even_when_nobody_is_left()
    {
        var cluster = new ClusterBuilder().Node("n1", networkUnavailable: true).Service("web", Vip, "n1").Build();
        Assert.Null(Owner(cluster));
        Assert.Equal(ExclusionReason.NodeNetworkUnavailable, Verdict(cluster, "n1"));
    }

    [Fact]
    public void A_node_that_is_not_Ready_is_avoided()
    {
        var cluster = new ClusterBuilder().Nodes(3).Node("n3", ready: false).Service("web", Vip, "n3").Build();
        Assert.Equal("n1", Owner(cluster));
        Assert.Equal(ExclusionReason.NodeNotReady, Verdict(cluster, "n3"));
    }

    [Theory]
    [InlineData(ExternalTrafficPolicy.Cluster)]
    [InlineData(ExternalTrafficPolicy.Local)]
    public void Nodes_that_are_not_Ready_announce_when_nobody_else_can(ExternalTrafficPolicy policy)
    {
        var cluster = new ClusterBuilder().Node("n1", live: false).Node("n2", ready: false).Node("n3", ready: false)
            .Service("web", Vip, "n1 n2 n3", policy).Build();
        Assert.Equal("n3", Owner(cluster));
        Assert.Equal("n3 n2", string.Join(' ', Explain(cluster).Candidates));
    }

    [Fact]
    public void A_node_that_is_not_Ready_keeps_what_it_alone_has_endpoints_for()
    {
        var cluster = new ClusterBuilder().Nodes(3).Node("n3", ready: false).Service("web", Vip, "n3", ExternalTrafficPolicy.Local).Build();
        Assert.Equal("n3", Owner(cluster));
    }

    [Fact]
    public void An_address_of_no_pool_is_announced_by_nobody()
    {
        var cluster = new ClusterBuilder().Nodes(2).Service("web", "10.9.9.9", "n1").Build();
        Assert.Equal(ExclusionReason.AddressNotInPool, Verdict(cluster, "n1"));
        Assert.Equal(ExclusionReason.AddressNotInPool, Verdict(cluster, "n2"));
        Assert.Null(Explain(cluster).Owner);
        Assert.Equal(2, Explain(cluster).Excluded.Count);
    }

    [Theory]
    [InlineData(AnnouncementProtocols.Bgp, ExclusionReason.ProtocolNotLayer2)]
    [InlineData(AnnouncementProtocols.Bgp | AnnouncementProtocols.Layer2, null)]
    [InlineData(AnnouncementProtocols.Layer2, null)]
    public void Only_pools_with_layer_2_are_announced_in_layer_2(AnnouncementProtocols protocols, ExclusionReason? reason)
    {
        var cluster = new ClusterBuilder().Nodes(1).Service("web", Vip, "n1");
        cluster.Configuration = ClusterBuilder.Pools(("prod", "192.168.3.0/24", protocols));
        var announcement = Assert.Single(AnnouncementPlan.For(cluster.Build(), new("n1")).Announcements);
        Assert.Equal(reason, announcement.Reason);
        Assert.Equal(new PoolName("prod"), announcement.Pool);
    }

    [Fact]
    public void Both_addresses_of_a_dual_stack_Service_are_on_the_node_that_the_first_one_decides()
    {
        var cluster = new ClusterBuilder().Nodes(3).Service("web", "192.168.3.100 2001:db8::1", "n1");
        cluster.Configuration = ClusterBuilder.Pools(
            ("v4", "192.168.3.0/24", AnnouncementProtocols.Layer2), ("v6", "2001:db8::/64", AnnouncementProtocols.Layer2));
        // By its own hash 2001:db8::1 would be on n2.
        var plan = AnnouncementPlan.For(cluster.Build(), new("n3"));
        Assert.Equal(["192.168.3.100", "2001:db8::1"], plan.Layer2Addresses.Order().Select(address => address.ToString()));
    }

    [Fact]
    public void A_Service_without_an_address_is_nobodys() =>
        Assert.Empty(AnnouncementPlan.For(new ClusterBuilder().Nodes(1).Service("web", "", "n1").Build(), new("n1")).Announcements);

    [Fact]
    public void Services_that_share_an_address_are_announced_by_one_node_that_serves_them_all()
    {
        var cluster = new ClusterBuilder().Nodes(3)
            .Service("a", Vip, "n1 n3", ExternalTrafficPolicy.Local)
            .Service("b", Vip, "n1 n2", ExternalTrafficPolicy.Local).Build();
        // Alone, a would be on n3.
        Assert.Equal(["n1"], Owners(cluster));
        var plan = AnnouncementPlan.For(cluster, new("n3"));
        Assert.Equal(ExclusionReason.ServesFewerSharers, Announcement(plan, "a").Reason);
        Assert.Equal(ExclusionReason.NoReadyLocalEndpoint, Announcement(plan, "b").Reason);
    }

    [Fact]
    public void Services_that_share_an_address_without_a_node_in_common_still_have_one_owner()
    {
        var cluster = new ClusterBuilder().Nodes(3)
            .Service("a", Vip, "n2", ExternalTrafficPolicy.Local)
            .Service("b", Vip, "n3", ExternalTrafficPolicy.Local).Build();
        Assert.Equal(["n3"], Owners(cluster));
        Assert.Equal(ExclusionReason.NoReadyLocalEndpoint, Announcement(AnnouncementPlan.For(cluster, new("n3")), "a").Reason);
        Assert.Equal(ExclusionReason.NotOwner, Announcement(AnnouncementPlan.For(cluster, new("n2")), "a").Reason);
    }

    [Fact]
    public void A_sharer_that_nobody_can_serve_does_not_hinder_the_other()
    {
        var cluster = new ClusterBuilder().Nodes(3).Service("a", Vip, "").Service("b", Vip, "n1").Build();
        var plan = AnnouncementPlan.For(cluster, new("n3"));
        Assert.Contains(InetAddress.Parse(Vip), plan.Layer2Addresses);
        Assert.Equal(ExclusionReason.NoReadyEndpoint, Announcement(plan, "a").Reason);
        Assert.Null(Announcement(plan, "b").Reason);
    }

    [Fact]
    public void Every_reason_has_its_own_name_in_logs()
    {
        var names = Enum.GetValues<ExclusionReason>().Select(reason => reason.LogName()).ToList();
        Assert.Equal(names.Count, names.Distinct().Count());
        Assert.All(names, name => Assert.True(char.IsAsciiLetterLower(name[0])));
    }

    [Fact]
    public void Published_cases_agree()
    {
        foreach (var @case in SharedCases.Read("l2-announce.json").GetProperty("cases").EnumerateArray())
        {
            var cluster = new ClusterBuilder();
            foreach (var speaker in @case.GetProperty("speakers").EnumerateArray())
                cluster.Node(speaker.GetString()!);
            cluster.Configuration = new()
            {
                Pools = @case.GetProperty("pools").EnumerateObject().Select(pool => new AddressPool(new PoolName(pool.Name))
                {
                    Addresses = pool.Value.GetProperty("addresses").EnumerateArray()
                        .Select(prefix => InetPrefix.Parse(prefix.GetString()).Range).ToEquatableArray(),
                }).ToEquatableArray(),
            };
            var expected = new List<(string Service, string Node, bool Announces)>();
            foreach (var (i, item) in @case.GetProperty("services").EnumerateArray().Index())
            {
                var service = item.GetProperty("service");
                var policy = Enum.Parse<ExternalTrafficPolicy>(service.GetProperty("externalTrafficPolicy").GetString()!);
                cluster.Service($"s{i}", string.Join(' ', Strings(service.GetProperty("ingress"))), "", policy);
                cluster.Endpoints($"s{i}", [.. item.GetProperty("endpoints").GetProperty("endpoints").EnumerateArray().SelectMany(PublishedEndpoints)]);
                expected.AddRange(item.GetProperty("expect").EnumerateObject().Select(node => ($"s{i}", node.Name, node.Value.GetString() == "")));
            }

            var snapshot = cluster.Build();
            foreach (var (service, node, announces) in expected)
            {
                var announcement = Announcement(AnnouncementPlan.For(snapshot, new(node)), service);
                Assert.True(announces == announcement.IsAnnounced, $"{@case.GetProperty("id")}: {service} on {node}: {announcement.Reason}");
            }
        }
    }

    private static IEnumerable<ServiceEndpoint> PublishedEndpoints(JsonElement endpoint)
    {
        var addresses = endpoint.TryGetProperty("addresses", out var several) ? Strings(several) : [endpoint.GetProperty("address").GetString()!];
        var ready = !endpoint.TryGetProperty("ready", out var said) || said.ValueKind != JsonValueKind.False;
        var serving = endpoint.TryGetProperty("serving", out said) && said.ValueKind == JsonValueKind.True;
        return addresses.Select(address =>
            new ServiceEndpoint(InetAddress.Parse(address), new NodeName(endpoint.GetProperty("node").GetString()!), ready || serving));
    }

    private static IEnumerable<string> Strings(JsonElement array) => array.EnumerateArray().Select(item => item.GetString()!);

    private static AddressAnnouncement Announcement(AnnouncementPlan plan, string service) =>
        Assert.Single(plan.Announcements, announcement => announcement.Service == ClusterBuilder.Key(service));

    private static ExclusionReason? Verdict(ClusterSnapshot cluster, string node) =>
        Assert.Single(AnnouncementPlan.For(cluster, new(node)).Announcements).Reason;

    private static string? Owner(ClusterSnapshot cluster) => Owners(cluster).SingleOrDefault();

    private static List<string> Owners(ClusterSnapshot cluster) =>
        [.. cluster.LiveSpeakers.Where(node => AnnouncementPlan.For(cluster, node).Layer2Addresses.Count > 0).Select(node => node.Value)];

    private static Layer2Explanation Explain(ClusterSnapshot cluster) =>
        AnnouncementPlan.For(cluster, new("n1")).Explain(cluster.Services[0], cluster.Services[0].Addresses[0]);
}
