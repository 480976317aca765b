using System.Net;

namespace MetalSharp.Lab.Network;

/// <summary>A machine on a switch: a namespace with eth0, one address and a default route. Its port on the switch has its name.</summary>
internal sealed class LabHost(string name, IPAddress address, Switch attachedTo)
{
    public string Name { get; } = name;

    public IPAddress Address { get; } = address;

    public Switch Switch { get; } = attachedTo;

    public string MacAddress { get; } = LinkAddress.For(address);

    public NetworkNamespace Namespace { get; } = new(name);

    /// <summary>To run in the root namespace.</summary>
    public IEnumerable<string> WiringLines =>
    [
        $"netns add {Name}",
        $"link add eth0 netns {Name} address {MacAddress} type veth peer name {Name}",
        $"link set {Name} master {Switch.Name} up",
    ];

    /// <summary>To run in the host's own.</summary>
    public IEnumerable<string> InsideLines =>
    [
        "link set lo up",
        "link set eth0 up",
        $"address add {Address}/{Switch.Network.PrefixLength} dev eth0",
        $"route add default via {Switch.OwnAddress}",
    ];

    /// <summary>Pulls the cable: eth0 loses its carrier, nothing else on the host changes.</summary>
    public Task UnplugAsync(CancellationToken stop = default) => NetworkNamespace.Root.ConfigureAsync([$"link set {Name} down"], stop);

    public Task PlugInAsync(CancellationToken stop = default) => NetworkNamespace.Root.ConfigureAsync([$"link set {Name} up"], stop);
}
