using MetalSharp.Allocation;
using MetalSharp.Kubernetes.Models;
using MetalSharp.Net;
using MetalSharp.Resources;

namespace MetalSharp.Tests.Resources;

public sealed class ServiceReaderTests
{
    [Theory]
    [InlineData("LoadBalancer", null, null, null)]
    [InlineData("LoadBalancer", "", null, null)]
    [InlineData("LoadBalancer", "example.com/x", null, NotOursReason.OtherClass)]
    [InlineData("LoadBalancer", "example.com/x", "example.com/x", null)]
    [InlineData("LoadBalancer", "example.com/X", "example.com/x", NotOursReason.OtherClass)]
    [InlineData("LoadBalancer", null, "example.com/x", NotOursReason.OtherClass)]
    [InlineData("NodePort", null, null, NotOursReason.NotLoadBalancer)]
    [InlineData(null, null, null, NotOursReason.NotLoadBalancer)]
    internal void A_service_is_ours_by_its_type_and_exactly_our_class(string? type, string? itsClass, string? ourClass, NotOursReason? reason) =>
        Assert.Equal(reason, new ServiceReader(ourClass).WhyNotOurs(Service() with { Spec = new() { Type = type, LoadBalancerClass = itsClass } }));

    [Theory]
    [InlineData("10.96.0.1", IpFamily.IPv4)]
    [InlineData("fd00:96::1", IpFamily.IPv6)]
    public void The_family_is_that_of_the_first_cluster_address(string clusterIP, IpFamily family)
    {
        Assert.Equal(family, Wanted(Service() with { Spec = new() { Type = "LoadBalancer", ClusterIP = clusterIP } }).Family);
        Assert.Equal(family, Wanted(Service() with { Spec = new() { Type = "LoadBalancer", ClusterIP = "ignored", ClusterIPs = [clusterIP, "::1"] } }).Family);
    }

    [Theory]
    [InlineData("None", "the Service is headless (clusterIP: None), so nothing could forward the traffic")]
    [InlineData("", "the Service has no cluster IP yet")]
    [InlineData(null, "the Service has no cluster IP yet")]
    public void Without_a_cluster_address_there_is_nothing_to_give(string? clusterIP, string message) =>
        Assert.Equal(new(AllocationReason.NoClusterIP, message), Unusable(Service() with { Spec = new() { Type = "LoadBalancer", ClusterIP = clusterIP } }));

    [Fact]
    public void The_address_may_be_asked_for_in_three_places()
    {
        var address = InetAddress.Parse("10.0.0.9");
        Assert.Null(Wanted(Service()).RequestedAddress);
        Assert.Equal(address, Wanted(Asking("10.0.0.9")).RequestedAddress);
        Assert.Equal(address, Wanted(Service(("metallb.io/loadBalancerIPs", " 10.0.0.9 "))).RequestedAddress);
        Assert.Equal(address, Wanted(Service(("metallb.universe.tf/loadBalancerIPs", "10.0.0.9"))).RequestedAddress);
    }

    [Fact]
    public void The_stable_prefix_wins_even_when_empty()
    {
        Assert.Equal("b", Wanted(Service(("metallb.universe.tf/address-pool", "a"), ("metallb.io/address-pool", "b"))).RequestedPool?.Value);
        Assert.Null(Wanted(Service(("metallb.universe.tf/address-pool", "a"), ("metallb.io/address-pool", ""))).RequestedPool);
        Assert.Null(Wanted(Service(("metallb.universe.tf/loadBalancerIPs", "10.0.0.9"), ("metallb.io/loadBalancerIPs", ""))).RequestedAddress);
        Assert.Equal("a", Wanted(Service(("metallb.universe.tf/address-pool", "a"))).RequestedPool?.Value);
    }

    [Fact]
    public void Two_places_at_once_are_refused()
    {
        var refusal = Unusable(Asking("10.0.0.9", ("metallb.io/loadBalancerIPs", "10.0.0.9")));
        Assert.Equal(AllocationReason.ConflictingRequests, refusal.Reason);
        Assert.Equal("the annotation metallb.io/loadBalancerIPs (\"10.0.0.9\") and spec.loadBalancerIP (\"10.0.0.9\") both ask for an address: use one of them", refusal.Message);
        Assert.NotNull(Wanted(Asking("10.0.0.9", ("metallb.io/loadBalancerIPs", ""))).RequestedAddress);
    }

    [Theory]
    [InlineData("10.0.0.300", AllocationReason.InvalidRequest, "spec.loadBalancerIP is \"10.0.0.300\", which is not an IP address")]
    [InlineData("please", AllocationReason.InvalidRequest, "spec.loadBalancerIP is \"please\", which is not an IP address")]
    [InlineData("10.0.0.1,10.0.0.2", AllocationReason.TooManyAddresses, "spec.loadBalancerIP asks for \"10.0.0.1,10.0.0.2\", but a Service gets one address")]
    public void What_cannot_be_read_is_refused_with_what_was_written(string written, AllocationReason reason, string message) =>
        Assert.Equal(new(reason, message), Unusable(Asking(written)));

    [Fact]
    public void The_current_addresses_are_those_of_the_status()
    {
        var service = Service() with
        {
            Status = new() { LoadBalancer = new() { Ingress = [new() { Hostname = "a.example" }, new() { Ip = "10.0.0.1" }, new() { Ip = "nonsense" }, new() { Ip = "fd00::1" }] } },
        };
        Assert.Equal(["10.0.0.1", "fd00::1"], Wanted(service).Current.Select(address => address.ToString()));
    }

    private static AllocationRequest Wanted(V1Service service) => Assert.IsType<ServiceReading.Wants>(new ServiceReader(null).Read(service)).Request;

    private static AllocationRefusal Unusable(V1Service service) => Assert.IsType<ServiceReading.Unusable>(new ServiceReader(null).Read(service)).Refusal;

    private static V1Service Asking(string address, params (string Key, string Value)[] annotations) =>
        Service(annotations) with { Spec = new() { Type = "LoadBalancer", ClusterIP = "10.96.0.1", LoadBalancerIP = address } };

    private static V1Service Service(params (string Key, string Value)[] annotations) => new()
    {
        Metadata = new() { Namespace = "default", Name = "web", Annotations = annotations.ToDictionary(pair => pair.Key, pair => pair.Value) },
        Spec = new() { Type = "LoadBalancer", ClusterIP = "10.96.0.1" },
    };
}
