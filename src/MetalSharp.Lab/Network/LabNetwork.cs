using System.Net;

namespace MetalSharp.Lab.Network;

/// <summary>The lab's LAN: one switch, a client, and as many nodes as are asked for. Addresses are fixed, so that they can be learnt.</summary>
internal sealed class LabNetwork
{
    public const int MaxNodes = 32;
    private const string ClientAddress = "192.168.3.50";

    private readonly List<LabHost> _hosts = [];

    public Switch Lan { get; } = new("lan", IPNetwork.Parse("192.168.3.0/24"), IPAddress.Parse("192.168.3.2"));

    public LabHost Client { get; }

    public IReadOnlyList<LabHost> Hosts => _hosts;

    public LabNetwork() => Client = new("client", IPAddress.Parse(ClientAddress), Lan);

    public static string NodeName(int number) => $"n{number}";

    /// <summary>All names the lab can ever have, so that they can be used in place of addresses.</summary>
    public static string HostsFile => string.Join('\n',
    [
        "127.0.0.1 localhost", "192.168.3.2 lan kubernetes", $"{ClientAddress} client",
        .. Enumerable.Range(1, MaxNodes).Select(n => $"{NodeAddress(n)} {NodeName(n)}"), "",
    ]);

    public async Task CreateAsync(int nodes, CancellationToken stop)
    {
        var hosts = Enumerable.Range(1, nodes).Select(Node).Prepend(Client).ToList();
        await NetworkNamespace.Root.ConfigureAsync(["link set lo up", .. Lan.Lines, .. hosts.SelectMany(h => h.WiringLines)], stop);
        await Task.WhenAll(hosts.Select(h => h.Namespace.ConfigureAsync(h.InsideLines, stop)));
        _hosts.AddRange(hosts);
    }

    public async Task<LabHost> AddNodeAsync(int number, CancellationToken stop)
    {
        var host = Node(number);
        await NetworkNamespace.Root.ConfigureAsync(host.WiringLines, stop);
        await host.Namespace.ConfigureAsync(host.InsideLines, stop);
        _hosts.Add(host);
        return host;
    }

    private LabHost Node(int number) => new(NodeName(number), IPAddress.Parse(NodeAddress(number)), Lan);

    private static string NodeAddress(int number) => $"192.168.3.{10 + number}";
}
