using MetalSharp.Kubernetes.Models;
using MetalSharp.Lab.Nodes;

namespace MetalSharp.Tests.Lab;

public sealed class EndpointSlicesTests
{
    private static readonly V1Service Web = new()
    {
        Metadata = new() { Namespace = "default", Name = "web", Uid = "u1" },
        Spec = new() { Selector = new Dictionary<string, string> { ["app"] = "web" }, Ports = [new() { Name = "http", Port = 8080, TargetPort = 80 }] },
    };

    [Fact]
    public void Selected_running_pods_are_endpoints_and_a_pod_that_is_not_ready_is_one_that_is_not_ready()
    {
        var slice = EndpointSlices.SliceOf(Web, [Pod("b", ready: false), Pod("a"), Pod("c") with { Status = new() { Phase = "Pending" } }, Pod("d", app: "other")]);

        Assert.Equal(["a", "b"], slice.Endpoints.Select(e => e.TargetRef!.Name));
        Assert.Equal([true, false], slice.Endpoints.Select(e => e.Conditions!.Ready));
        Assert.All(slice.Endpoints, e => Assert.Equal("n1", e.NodeName));
        Assert.Equal("web", slice.Metadata.Labels!["kubernetes.io/service-name"]);
        Assert.Equal("u1", Assert.Single(slice.Metadata.OwnerReferences!).Uid);
    }

    [Fact]
    public void A_pod_that_is_being_deleted_serves_on_and_is_not_ready()
    {
        var leaving = Pod("a");
        leaving = leaving with { Metadata = leaving.Metadata with { DeletionTimestamp = DateTimeOffset.UnixEpoch } };

        Assert.Equal(new V1EndpointConditions { Ready = false, Serving = true, Terminating = true }, Assert.Single(EndpointSlices.SliceOf(Web, [leaving]).Endpoints).Conditions);
    }

    [Fact]
    public void A_Service_that_publishes_addresses_that_are_not_ready_has_them_ready()
    {
        var service = Web with { Spec = Web.Spec! with { PublishNotReadyAddresses = true } };

        Assert.True(Assert.Single(EndpointSlices.SliceOf(service, [Pod("a", ready: false)]).Endpoints).Conditions!.Ready);
    }

    [Theory]
    [InlineData(9090, null, 9090)]
    [InlineData(null, "page", 80)]
    [InlineData(null, "unknown", 8080)]
    [InlineData(null, null, 8080)]
    public void The_target_port_is_a_number_a_name_of_the_pods_or_the_port_itself(int? number, string? name, int expected)
    {
        var service = Web with
        {
            Spec = Web.Spec! with { Ports = [new() { Port = 8080, TargetPort = number is { } n ? new IntOrString(n) : name is null ? default(IntOrString?) : new IntOrString(name) }] },
        };

        Assert.Equal(expected, Assert.Single(EndpointSlices.SliceOf(service, [Pod("a")]).Ports!).Port);
    }

    private static V1Pod Pod(string name, bool ready = true, string app = "web") => new()
    {
        Metadata = new() { Namespace = "default", Name = name, Labels = new Dictionary<string, string> { ["app"] = app } },
        Spec = new() { NodeName = "n1", Containers = [new() { Name = "page", Ports = [new() { Name = "page", ContainerPort = 80 }] }] },
        Status = new() { Phase = "Running", PodIP = "10.244.1.2", Conditions = [new() { Type = "Ready", Status = ready ? "True" : "False" }] },
    };
}
