using System.Diagnostics;
using MetalSharp.Announcement;
using MetalSharp.Configuration;
using MetalSharp.Net;

namespace MetalSharp.Tests.Announcement;

public sealed class AnnouncementPlanPropertyTests(ITestOutputHelper output)
{
    [Fact]
    public void In_random_clusters_every_address_has_one_owner_and_all_nodes_agree()
    {
        var random = Seeded();
        for (var run = 0; run < 150; run++)
        {
            var cluster = Fill(new(), random);
            var snapshot = cluster.Build();
            var plans = Names.Select(node => AnnouncementPlan.For(snapshot, node)).ToList();
            foreach (var service in snapshot.Services)
            {
                foreach (var address in service.Addresses)
                {
                    var explanation = plans[0].Explain(service, address);
                    var announcers = plans.Where(plan => plan.Layer2Addresses.Contains(address)).Select(plan => plan.Node).ToList();
                    Assert.Equal(explanation.Owner is { } owner ? [owner] : [], announcers);
                    Assert.All(plans, plan => Assert.Equal(explanation, plan.Explain(service, address)));
                    Assert.All(plans, plan => Assert.Equal(
                        plan.Announcements.First(item => item.Service == service.Key && item.Address == address).Reason,
                        plans[0].Verdict(plan.Node, service, address)));
                    Assert.Equal(explanation.Owner, explanation.Candidates.IsEmpty ? null : explanation.Candidates[0]);
                    Assert.All(explanation.Candidates, node => Assert.Contains(node, snapshot.LiveSpeakers));
                    Assert.Equal(
                        snapshot.Nodes.Select(node => node.Name).Union(snapshot.LiveSpeakers).Order(),
                        explanation.Candidates.Concat(explanation.Excluded.Select(node => node.Node)).Order());
                }
            }
        }
    }

    [Fact]
    public void The_order_of_the_input_is_irrelevant()
    {
        var random = Seeded();
        for (var run = 0; run < 150; run++)
        {
            var cluster = Fill(new(), random);
            Assert.Equal(Facts(AnnouncementPlan.For(cluster.Build(), Names[0])), Facts(AnnouncementPlan.For(cluster.Build(random), Names[0])));
        }
    }

    [Fact]
    public void An_earlier_plan_never_changes_the_result()
    {
        var random = Seeded();
        AnnouncementPlan? previous = null;
        var cluster = new ClusterBuilder();
        for (var run = 0; run < 400; run++)
        {
            if (run % 40 == 0)
                cluster = new();
            Fill(cluster, random, changes: random.Next(1, 4));
            var snapshot = cluster.Build();
            var plan = AnnouncementPlan.For(snapshot, Names[1], previous);
            Assert.Equal(Facts(AnnouncementPlan.For(snapshot, Names[1])), Facts(plan));
            previous = plan;
        }
    }

    [Fact]
    public void A_node_that_joins_takes_addresses_but_moves_none_between_others()
    {
        var random = Seeded();
        for (var run = 0; run < 50; run++)
        {
            var cluster = new ClusterBuilder().Nodes(random.Next(1, 9));
            for (var i = 0; i < 100; i++)
                cluster.Service($"s{i}", $"192.168.3.{i}", "n1");
            var before = Owners(cluster);
            cluster.Node("joined");
            var after = Owners(cluster);
            Assert.All(after, pair => Assert.True(pair.Value == before[pair.Key] || pair.Value == new NodeName("joined")));
            cluster.Node("joined", live: false);
            Assert.Equal(before, Owners(cluster));
        }
    }

    [Fact]
    public void A_thousand_nodes_and_many_Services_are_bearable()
    {
        var cluster = new ClusterBuilder().Nodes(1_000);
        cluster.Configuration = ClusterBuilder.Pools(("default", "10.0.0.0/8", AnnouncementProtocols.Layer2));
        for (var i = 0; i < 300; i++)
            cluster.Service($"s{i}", new InetAddress(IpFamily.IPv4, (UInt128)(0x0A01_0000 + i)).ToString(), "n1 n2 n3");
        var first = Timed("first plan", cluster, null);
        cluster.Node("n17", live: false);
        var second = Timed("one speaker lost", cluster, first);
        cluster.Node("n17");
        Timed("one speaker back", cluster, second);

        AnnouncementPlan Timed(string what, ClusterBuilder of, AnnouncementPlan? previous)
        {
            var snapshot = of.Build();
            var started = Stopwatch.GetTimestamp();
            var plan = AnnouncementPlan.For(snapshot, new("n1"), previous);
            output.WriteLine($"{what}, 1000 nodes, 300 Services: {Stopwatch.GetElapsedTime(started).TotalMilliseconds:F1} ms");
            return plan;
        }
    }

    private static readonly NodeName[] Names = [.. Enumerable.Range(1, 6).Select(i => new NodeName($"n{i}"))];

    private Random Seeded()
    {
        var seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        return new(seed);
    }

    private static ClusterBuilder Fill(ClusterBuilder cluster, Random random, int changes = 30)
    {
        for (var i = 0; i < changes; i++)
        {
            var node = Names[random.Next(Names.Length)];
            var service = $"s{random.Next(8)}";
            switch (random.Next(8))
            {
                case 0:
                    cluster.Live.Remove(node);
                    break;
                case 1:
                    cluster.Live.Add(node);
                    break;
                case 2:
                    cluster.Without(service);
                    break;
                case 3 or 4:
                    cluster.Node(node.Value, random.Next(4) > 0, random.Next(6) == 0, random.Next(6) == 0 ? ClusterNode.ExcludeLabel : null, random.Next(5) > 0);
                    break;
                default:
                    // Few addresses, so that some are shared, and some outside the pool.
                    var addresses = string.Join(' ', Enumerable.Range(0, random.Next(3))
                        .Select(_ => random.Next(9) == 0 ? "10.9.9.9" : $"192.168.3.{random.Next(6)}").Distinct());
                    var endpoints = string.Join(' ', Enumerable.Range(0, random.Next(4))
                        .Select(_ => Names[random.Next(Names.Length)].Value + (random.Next(4) == 0 ? "!" : "")));
                    cluster.Service(service, addresses, endpoints, (ExternalTrafficPolicy)random.Next(2));
                    break;
            }
        }

        return cluster;
    }

    private static IEnumerable<string> Facts(AnnouncementPlan plan) =>
        plan.Announcements.Select(announcement => announcement.ToString())
            .Concat(plan.Layer2Addresses.Select(address => address.ToString()))
            .Order(StringComparer.Ordinal);

    private static SortedDictionary<InetAddress, NodeName?> Owners(ClusterBuilder cluster) =>
        new(AnnouncementPlan.For(cluster.Build(), Names[0]).Announcements.ToDictionary(item => item.Address, item => item.Owner));
}
