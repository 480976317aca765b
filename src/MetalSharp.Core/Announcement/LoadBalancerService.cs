using MetalSharp.Net;

namespace MetalSharp.Announcement;

/// <summary>A Service of type LoadBalancer, as far as announcing it goes.</summary>
public sealed record LoadBalancerService(ServiceKey Key)
{
    /// <summary>The addresses of <c>status.loadBalancer.ingress</c>, in its order; the first one decides elections.</summary>
    public EquatableArray<InetAddress> Addresses { get; init; }

    public ExternalTrafficPolicy ExternalTrafficPolicy { get; init; }
}

/// <summary><c>spec.externalTrafficPolicy</c>: which endpoints a node hands outside traffic to.</summary>
public enum ExternalTrafficPolicy
{
    /// <summary>All of them, wherever they are.</summary>
    Cluster,

    /// <summary>Only those on the node itself.</summary>
    Local,
}
