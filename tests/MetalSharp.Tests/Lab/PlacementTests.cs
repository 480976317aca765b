using MetalSharp.Kubernetes.Models;
using MetalSharp.Lab.Nodes;

namespace MetalSharp.Tests.Lab;

public sealed class PlacementTests
{
    private static readonly V1Node[] Nodes = [.. new[] { "n1", "n2", "n3" }.Select(n => new V1Node
    {
        Metadata = new() { Name = n, Labels = new Dictionary<string, string> { ["kubernetes.io/hostname"] = n } },
    })];

    [Fact]
    public void Pods_of_one_owner_are_spread_before_the_emptiest_node_is_taken()
    {
        V1Pod[] present = [Pod("web", "n1"), Pod("other", "n2"), Pod("other", "n2")];

        Assert.Equal("n3", Placement.Choose(Pod("web"), Nodes, present));
        Assert.Equal("n2", Placement.Choose(Pod("web"), Nodes, [.. present, Pod("web", "n3")]));
    }

    [Fact]
    public void A_node_selector_is_obeyed_even_when_no_node_is_left()
    {
        Assert.Equal("n2", Placement.Choose(Pod("web", selector: "n2"), Nodes, []));
        Assert.Null(Placement.Choose(Pod("web", selector: "n9"), Nodes, []));
    }

    private static V1Pod Pod(string owner, string? node = null, string? selector = null) => new()
    {
        Metadata = new() { OwnerReferences = [new() { Uid = owner, Controller = true }] },
        Spec = new() { NodeName = node, NodeSelector = selector is null ? null : new Dictionary<string, string> { ["kubernetes.io/hostname"] = selector } },
    };
}
