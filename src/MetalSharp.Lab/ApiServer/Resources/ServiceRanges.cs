using MetalSharp.Net;

namespace MetalSharp.Lab.ApiServer.Resources;

/// <summary>The cluster IPs and node ports that Services hold. Owned by the store's loop.</summary>
internal sealed class ServiceRanges(IReadOnlyList<InetPrefix> clusterRanges, int firstNodePort, int lastNodePort)
{
    private readonly HashSet<InetAddress> _addresses = [];
    private readonly HashSet<int> _ports = [];
    private readonly Dictionary<IpFamily, UInt128> _lastAddress = [];
    private int _nextPort;

    public IEnumerable<IpFamily> Families => clusterRanges.Select(range => range.Family);

    public string NodePortText => $"{firstNodePort}-{lastNodePort}";

    public InetPrefix? RangeOf(IpFamily family)
    {
        foreach (var range in clusterRanges)
        {
            if (range.Family == family)
                return range;
        }
        return null;
    }

    public bool TryClaim(InetAddress address) => _addresses.Add(address);

    public bool TryClaimPort(int port) => _ports.Add(port);

    public bool IsNodePort(int port) => port >= firstNodePort && port <= lastNodePort;

    /// <summary>The next free address of a family, going round the range so that a released one is not given out at once.</summary>
    public InetAddress? Take(IpFamily family)
    {
        if (RangeOf(family) is not { } range)
            return null;
        // The first address is the network's, the last may be its broadcast address.
        var size = range.Last.Value - range.Address.Value;
        for (var tried = 0; tried <= _addresses.Count && size > 1; tried++)
        {
            var offset = _lastAddress.GetValueOrDefault(family) % (size - 1) + 1;
            _lastAddress[family] = offset;
            var candidate = new InetAddress(family, range.Address.Value + offset);
            if (_addresses.Add(candidate))
                return candidate;
        }
        return null;
    }

    public int? TakePort()
    {
        for (var tried = firstNodePort; tried <= lastNodePort; tried++)
        {
            var candidate = firstNodePort + _nextPort;
            _nextPort = (_nextPort + 1) % (lastNodePort - firstNodePort + 1);
            if (_ports.Add(candidate))
                return candidate;
        }
        return null;
    }

    public void Give(InetAddress address) => _addresses.Remove(address);

    public void GivePort(int port) => _ports.Remove(port);
}
