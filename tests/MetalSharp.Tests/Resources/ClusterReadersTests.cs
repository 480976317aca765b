using MetalSharp.Announcement;
using MetalSharp.Kubernetes.Models;
using MetalSharp.Membership;
using MetalSharp.Net;
using MetalSharp.Resources;

namespace MetalSharp.Tests.Resources;

public sealed class ClusterReadersTests
{
    [Theory]
    [InlineData(null, null, true)]
    [InlineData(true, null, true)]
    [InlineData(false, null, false)]
    [InlineData(false, false, false)]
    [InlineData(false, true, true)]
    [InlineData(null, false, true)]
    public void An_endpoint_can_serve_when_ready_or_unknown_or_still_serving(bool? ready, bool? serving, bool canServe)
    {
        var slice = Slice("web-1", "web", new V1Endpoint { Addresses = ["10.0.0.1"], Conditions = new() { Ready = ready, Serving = serving } });
        Assert.Equal(canServe, Assert.Single(Read(slice)[new("default", "web")]).CanServe);
    }

    [Fact]
    public void The_slices_of_a_Service_are_read_together_and_unusable_ones_left_out()
    {
        var endpoints = Read(
            Slice("web-1", "web", new V1Endpoint { Addresses = ["10.0.0.1", "10.0.0.2"], NodeName = "n1" }),
            Slice("web-2", "web", new V1Endpoint { Addresses = ["2001:db8::1"], NodeName = "n2" }, new V1Endpoint { Addresses = ["host.example.org"] }),
            Slice("other", null, new V1Endpoint { Addresses = ["10.0.0.9"] }));
        Assert.Equal(
            ["10.0.0.1 n1", "10.0.0.2 n1", "2001:db8::1 n2"],
            Assert.Single(endpoints).Value.Select(endpoint => $"{endpoint.Address} {endpoint.Node}").Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("Ready", "True", true, false)]
    [InlineData("Ready", "False", false, false)]
    [InlineData("Ready", "Unknown", false, false)]
    [InlineData("NetworkUnavailable", "True", true, true)]
    [InlineData("NetworkUnavailable", "False", true, false)]
    [InlineData("MemoryPressure", "True", true, false)]
    public void The_conditions_of_a_node_count_as_they_say(string type, string status, bool isReady, bool isNetworkUnavailable)
    {
        var node = NodeReader.Read(NodeReader.Trim(new V1Node
        {
            Metadata = new() { Name = "n1", Labels = new Dictionary<string, string> { [ClusterNode.ExcludeLabel] = "" } },
            Status = new() { Conditions = [new() { Type = type, Status = status, Message = "a long story" }] },
        }));
        Assert.Equal(new NodeName("n1"), node.Name);
        Assert.Equal(isReady, node.IsReady);
        Assert.Equal(isNetworkUnavailable, node.IsNetworkUnavailable);
        Assert.True(node.Labels.ContainsKey(ClusterNode.ExcludeLabel));
    }

    [Theory]
    [InlineData("LoadBalancer", null, null, true)]
    [InlineData("LoadBalancer", "example.org/lb", null, false)]
    [InlineData("LoadBalancer", "example.org/lb", "example.org/lb", true)]
    [InlineData("LoadBalancer", null, "example.org/lb", false)]
    [InlineData("ClusterIP", null, null, false)]
    public void Only_Services_of_our_type_and_class_are_read(string type, string? theirs, string? ours, bool isRead) =>
        Assert.Equal(isRead, Read(new V1ServiceSpec { Type = type, LoadBalancerClass = theirs }, ours) is not null);

    [Fact]
    public void The_addresses_of_a_Service_are_those_of_its_status()
    {
        var service = Read(new V1ServiceSpec { Type = "LoadBalancer", ExternalTrafficPolicy = "Local" }, null, "192.168.3.100", null, "2001:DB8::1");
        Assert.Equal([InetAddress.Parse("192.168.3.100"), InetAddress.Parse("2001:db8::1")], service!.Addresses);
        Assert.Equal(ExternalTrafficPolicy.Local, service.ExternalTrafficPolicy);
        Assert.Empty(Read(new V1ServiceSpec { Type = "LoadBalancer" }, null)!.Addresses);
    }

    [Theory]
    [InlineData("n1", "Running", "10.0.0.1", true)]
    [InlineData("n1", "Pending", "10.0.0.1", true)]
    [InlineData("n1", "Failed", "10.0.0.1", false)]
    [InlineData("n1", "Succeeded", "10.0.0.1", false)]
    [InlineData("n1", "Pending", null, false)]
    [InlineData(null, "Pending", null, false)]
    public void A_pod_is_a_member_once_it_has_a_node_and_an_address(string? node, string phase, string? address, bool isMember)
    {
        var pod = SpeakerPodReader.Trim(new V1Pod { Spec = new() { NodeName = node }, Status = new() { Phase = phase, HostIP = address } });
        Member? expected = isMember ? new Member(new("n1"), InetAddress.Parse("10.0.0.1")) : null;
        Assert.Equal(expected, SpeakerPodReader.Read(pod));
    }

    private static Dictionary<ServiceKey, IReadOnlyList<ServiceEndpoint>> Read(params V1EndpointSlice[] slices) =>
        EndpointSliceReader.Read(slices.Select(EndpointSliceReader.Trim));

    private static V1EndpointSlice Slice(string name, string? service, params V1Endpoint[] endpoints) => new()
    {
        Metadata = new()
        {
            Namespace = "default",
            Name = name,
            Labels = service is null ? null : new Dictionary<string, string> { ["kubernetes.io/service-name"] = service, ["app"] = "web" },
        },
        Endpoints = endpoints,
    };

    private static LoadBalancerService? Read(V1ServiceSpec spec, string? ours, params string?[] addresses) =>
        AnnouncedServiceReader.Read(
            AnnouncedServiceReader.Trim(new V1Service
            {
                Metadata = new() { Namespace = "default", Name = "web" },
                Spec = spec,
                Status = new() { LoadBalancer = new() { Ingress = [.. addresses.Select(address => new V1LoadBalancerIngress { Ip = address, Hostname = "web.example.org" })] } },
            }),
            new ServiceReader(ours));
}
