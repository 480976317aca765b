using MetalSharp.Configuration;

namespace MetalSharp.Announcement;

/// <summary>
/// What is known of the cluster at one moment; everything a speaker decides is a function of it. Immutable, also what the
/// collections hold. The order of a collection means nothing.
/// </summary>
public sealed class ClusterSnapshot
{
    public required LoadBalancerConfiguration Configuration { get; init; }

    /// <summary>The Services that are ours to announce: type LoadBalancer and of our class; each key once.</summary>
    public required IReadOnlyList<LoadBalancerService> Services { get; init; }

    /// <summary>The endpoints of each Service, of all its EndpointSlices together. A Service without an entry has none.</summary>
    public required IReadOnlyDictionary<ServiceKey, IReadOnlyList<ServiceEndpoint>> Endpoints { get; init; }

    public required IReadOnlyList<ClusterNode> Nodes { get; init; }

    /// <summary>The nodes whose speaker is alive, as membership sees it, the own node among them.</summary>
    public required IReadOnlySet<NodeName> LiveSpeakers { get; init; }
}
