using MetalSharp.Kubernetes.Models;
using MetalSharp.Lab.Nodes;

namespace MetalSharp.Tests.Lab;

public sealed class ServiceRulesTests
{
    private static readonly V1ServiceSpec Web = new()
    {
        Type = "LoadBalancer",
        ClusterIP = "10.96.0.10",
        ClusterIPs = ["10.96.0.10"],
        Ports = [new() { Name = "http", Port = 8080, NodePort = 30080 }],
    };

    [Fact]
    public void A_port_goes_to_the_target_port_of_every_ready_endpoint()
    {
        var port = Assert.Single(Ports(Web, Endpoint("10.244.1.2", "n1"), Endpoint("10.244.2.2", "n2", ready: false), Endpoint("10.244.3.2", "n3")));

        Assert.Equal([new Backend("10.244.1.2", 80, "n1"), new("10.244.3.2", 80, "n3")], port.Backends);
        Assert.Equal(["192.168.3.100"], port.BalancerAddresses);
        Assert.Equal(30080, port.NodePort);
    }

    [Fact]
    public void Terminating_endpoints_serve_only_when_nobody_else_is_ready()
    {
        var leaving = Endpoint("10.244.1.2", "n1", ready: false) with { Conditions = new() { Ready = false, Serving = true, Terminating = true } };

        Assert.Equal("10.244.1.2", Assert.Single(Assert.Single(Ports(Web, leaving)).Backends).Address);
        Assert.Equal("10.244.2.2", Assert.Single(Assert.Single(Ports(Web, leaving, Endpoint("10.244.2.2", "n2"))).Backends).Address);
    }

    [Fact]
    public void The_balancer_and_cluster_addresses_and_the_node_port_are_dispatched()
    {
        var rules = ServiceRules.For("n1", Ports(Web, Endpoint("10.244.1.2", "n1"), Endpoint("10.244.2.2", "n2")));

        Assert.Contains("10.96.0.10 . tcp . 8080 : goto inside_0", rules, StringComparison.Ordinal);
        Assert.Contains("192.168.3.100 . tcp . 8080 : goto outside_0", rules, StringComparison.Ordinal);
        Assert.Contains("tcp . 30080 : goto outside_0", rules, StringComparison.Ordinal);
        Assert.Contains("dnat ip to numgen random mod 2 map { 0 : 10.244.1.2 . 80, 1 : 10.244.2.2 . 80 }", rules, StringComparison.Ordinal);
    }

    [Fact]
    public void Policy_Cluster_hides_the_client_and_policy_Local_does_not()
    {
        var endpoint = Endpoint("10.244.1.2", "n1");

        Assert.Equal(["meta mark set meta mark or 0x4000", "goto all_0"], Chain(ServiceRules.For("n1", Ports(Web, endpoint)), "outside_0"));
        Assert.Equal("goto near_0", Chain(ServiceRules.For("n1", Ports(Web with { ExternalTrafficPolicy = "Local" }, endpoint)), "outside_0")[^1]);
    }

    [Fact]
    public void With_policy_Local_a_node_without_an_endpoint_drops_what_comes_from_outside()
    {
        var ports = Ports(Web with { ExternalTrafficPolicy = "Local" }, Endpoint("10.244.1.2", "n1"));

        Assert.Equal(["meta l4proto tcp dnat ip to 10.244.1.2:80"], Chain(ServiceRules.For("n1", ports), "near_0"));
        Assert.DoesNotContain("guard_0", ServiceRules.For("n1", ports), StringComparison.Ordinal);
        Assert.Equal(["ip saddr != 10.244.0.0/16 fib saddr type != local drop"], Chain(ServiceRules.For("n2", ports), "guard_0"));
    }

    [Fact]
    public void Source_ranges_guard_the_balancer_address_and_not_the_external_ones()
    {
        var rules = ServiceRules.For("n1", Ports(Web with { LoadBalancerSourceRanges = ["192.168.3.0/24", " 10.0.0.0/8"], ExternalIPs = ["192.0.2.1"] }, Endpoint("10.244.1.2", "n1")));

        Assert.Equal(["ip daddr { 192.168.3.100 } ip saddr != { 192.168.3.0/24, 10.0.0.0/8 } drop"], Chain(rules, "guard_0"));
    }

    [Fact]
    public void A_Service_without_endpoints_is_refused_at_all_its_addresses()
    {
        var rules = ServiceRules.For("n1", Ports(Web));

        Assert.Contains("10.96.0.10 . tcp . 8080 : goto refuse", rules, StringComparison.Ordinal);
        Assert.Equal(["goto refuse"], Chain(rules, "guard_0"));
    }

    [Fact]
    public void Of_two_Services_that_claim_one_address_and_port_the_first_has_it()
    {
        var ports = Ports(Web, Endpoint("10.244.1.2", "n1")).ToList();

        var rules = ServiceRules.For("n1", [ports[0], ports[0] with { Name = "default/late:http" }]);

        Assert.Contains("192.168.3.100 . tcp . 8080 : goto outside_0", rules, StringComparison.Ordinal);
        Assert.DoesNotContain("goto outside_1", rules, StringComparison.Ordinal);
    }

    [Fact]
    public void Headless_and_external_name_Services_have_no_rules()
    {
        Assert.Empty(Ports(Web with { Type = "ExternalName" }, Endpoint("10.244.1.2", "n1")));
        Assert.DoesNotContain("None", ServiceRules.For("n1", Ports(Web with { Type = "ClusterIP", ClusterIP = "None", ClusterIPs = ["None"] }, Endpoint("10.244.1.2", "n1"))), StringComparison.Ordinal);
    }

    private static List<ProxiedPort> Ports(V1ServiceSpec spec, params V1Endpoint[] endpoints) =>
    [
        .. ProxiedPort.Of(
            new()
            {
                Metadata = new() { Namespace = "default", Name = "web" },
                Spec = spec,
                Status = new() { LoadBalancer = new() { Ingress = [new() { Ip = "192.168.3.100" }] } },
            },
            [new() { AddressType = "IPv4", Endpoints = endpoints, Ports = [new() { Name = "http", Protocol = "TCP", Port = 80 }] }]),
    ];

    private static V1Endpoint Endpoint(string address, string node, bool ready = true) =>
        new() { Addresses = [address], NodeName = node, Conditions = new() { Ready = ready, Serving = ready, Terminating = false } };

    private static string[] Chain(string rules, string name) =>
        [.. rules.Split('\n').SkipWhile(l => !l.Contains($"chain {name} {{", StringComparison.Ordinal)).Skip(1).TakeWhile(l => l.Trim() != "}").Select(l => l.Trim())];
}
