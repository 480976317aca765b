using System.Globalization;
using System.Net;
using MetalSharp.Lab.Network;

namespace MetalSharp.Lab.Nodes;

/// <summary>A host that is a node of the cluster: it forwards, and its pods hang on a bridge (cni0) of its own.</summary>
internal sealed class LabNode(LabHost host, int number)
{
    private readonly SortedSet<int> _addressesInUse = [];

    public string Name => Host.Name;

    public int Number { get; } = number;

    public LabHost Host { get; } = host;

    public string PodNetwork { get; } = $"10.244.{number}.0/24";

    public IPAddress Gateway { get; } = IPAddress.Parse($"10.244.{number}.1");

    public async Task SetUpAsync(CancellationToken stop)
    {
        Host.Namespace.Set(("ipv4/ip_forward", "1"));
        await Host.Namespace.ConfigureAsync(
        [
            "link add cni0 type bridge stp_state 0 forward_delay 0 mcast_snooping 0",
            "link set cni0 up",
            $"address add {Gateway}/24 dev cni0",
        ], stop);
    }

    /// <summary>The line that sends traffic for this node's pods here, for any other host of the LAN.</summary>
    public string RouteLine => $"route replace {PodNetwork} via {Host.Address}";

    /// <summary>Called by the kubelet alone, as <see cref="Release"/> is.</summary>
    public IPAddress TakeAddress()
    {
        var free = Enumerable.Range(2, 253).Where(n => !_addressesInUse.Contains(n)).Select(n => (int?)n).FirstOrDefault()
            ?? throw new LabException($"node {Name} has no address left for another pod");
        _addressesInUse.Add(free);
        return IPAddress.Parse(string.Create(CultureInfo.InvariantCulture, $"10.244.{Number}.{free}"));
    }

    public void Release(IPAddress address) => _addressesInUse.Remove(address.GetAddressBytes()[3]);
}
