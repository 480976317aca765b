using System.Net;
using MetalSharp.Lab.Network;

namespace MetalSharp.Lab.Nodes;

/// <summary>The network of one pod: a namespace on its node's bridge, or the node's own.</summary>
internal sealed class PodSandbox
{
    private readonly bool _own;

    private PodSandbox(NetworkNamespace @namespace, IPAddress address, bool own) => (Namespace, Address, _own) = (@namespace, address, own);

    public NetworkNamespace Namespace { get; }

    public IPAddress Address { get; }

    public static PodSandbox OfNode(LabNode node) => new(node.Host.Namespace, node.Host.Address, own: false);

    public static async Task<PodSandbox> CreateAsync(LabNode node, string name, IPAddress address, CancellationToken stop)
    {
        var sandbox = new PodSandbox(new(name), address, own: true);
        var outer = $"veth{address.GetAddressBytes()[3]}";
        await NetworkNamespace.Root.ConfigureAsync([$"netns add {name}"], stop);
        await node.Host.Namespace.ConfigureAsync(
            [$"link add {outer} type veth peer name eth0 address {LinkAddress.For(address)} netns {name}", $"link set {outer} master cni0 up"], stop);
        await sandbox.Namespace.ConfigureAsync(
            ["link set lo up", "link set eth0 up", $"address add {address}/24 dev eth0", $"route add default via {node.Gateway}"], stop);
        return sandbox;
    }

    public Task RemoveAsync() => _own ? NetworkNamespace.Root.ConfigureAsync([$"netns delete {Namespace.Name}"]) : Task.CompletedTask;
}
