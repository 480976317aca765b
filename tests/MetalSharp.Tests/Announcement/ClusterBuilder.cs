using MetalSharp.Announcement;
using MetalSharp.Configuration;
using MetalSharp.Net;

namespace MetalSharp.Tests.Announcement;

/// <summary>Says a snapshot in few words. The pool is 192.168.3.0/24 unless the test says otherwise.</summary>
internal sealed class ClusterBuilder
{
    private readonly Dictionary<NodeName, ClusterNode> _nodes = [];
    private readonly Dictionary<ServiceKey, LoadBalancerService> _services = [];
    private readonly Dictionary<ServiceKey, IReadOnlyList<ServiceEndpoint>> _endpoints = [];

    public HashSet<NodeName> Live { get; } = [];

    public LoadBalancerConfiguration Configuration { get; set; } = Pools(("default", "192.168.3.0/24", AnnouncementProtocols.Layer2));

    public static ServiceKey Key(string name) => new("default", name);

    public static LoadBalancerConfiguration Pools(params (string Name, string Prefix, AnnouncementProtocols Protocols)[] pools) => new()
    {
        Pools = pools.Select(pool => new AddressPool(new PoolName(pool.Name))
        {
            Addresses = [InetPrefix.Parse(pool.Prefix).Range],
            Protocols = pool.Protocols,
        }).ToEquatableArray(),
    };

    /// <summary>A Ready node with a live speaker.</summary>
    public ClusterBuilder Node(string name, bool ready = true, bool networkUnavailable = false, string? label = null, bool live = true)
    {
        _nodes[new(name)] = new(new(name))
        {
            IsReady = ready,
            IsNetworkUnavailable = networkUnavailable,
            Labels = label is null ? new Dictionary<string, string>() : new Dictionary<string, string> { [label] = "" },
        };
        if (live)
            Live.Add(new(name));
        else
            Live.Remove(new(name));
        return this;
    }

    public ClusterBuilder Nodes(int count)
    {
        for (var i = 1; i <= count; i++)
            Node($"n{i}");
        return this;
    }

    /// <summary>Endpoints are written <c>node</c>, or <c>node!</c> for one that can't serve; <c>?</c> is an endpoint without a node.</summary>
    public ClusterBuilder Service(string name, string addresses, string endpoints, ExternalTrafficPolicy policy = ExternalTrafficPolicy.Cluster)
    {
        var key = Key(name);
        _services[key] = new(key)
        {
            Addresses = addresses.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(text => InetAddress.Parse(text)).ToEquatableArray(),
            ExternalTrafficPolicy = policy,
        };
        _endpoints[key] = [.. endpoints.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select((text, i) => new ServiceEndpoint(
            new InetAddress(IpFamily.IPv4, (UInt128)(0x0A00_0001 + i)),
            text.StartsWith('?') ? null : new NodeName(text.TrimEnd('!')),
            !text.EndsWith('!')))];
        return this;
    }

    public ClusterBuilder Endpoints(string service, params ServiceEndpoint[] endpoints)
    {
        _endpoints[Key(service)] = endpoints;
        return this;
    }

    public ClusterBuilder Without(string service)
    {
        _services.Remove(Key(service));
        return this;
    }

    public ClusterSnapshot Build(Random? shuffle = null) => new()
    {
        Configuration = Configuration,
        Services = Mixed(_services.Values, shuffle),
        Endpoints = _endpoints.ToDictionary(pair => pair.Key, pair => (IReadOnlyList<ServiceEndpoint>)Mixed(pair.Value, shuffle)),
        Nodes = Mixed(_nodes.Values, shuffle),
        LiveSpeakers = Mixed(Live, shuffle).ToHashSet(),
    };

    private static T[] Mixed<T>(IEnumerable<T> items, Random? shuffle)
    {
        T[] mixed = [.. items];
        shuffle?.Shuffle(mixed);
        return mixed;
    }
}
