using System.Globalization;
using MetalSharp.Kubernetes.Models;

namespace MetalSharp.Lab.Nodes;

/// <summary>One address and port that answers for a Service: a pod's.</summary>
internal sealed record Backend(string Address, int Port, string? Node);

/// <summary>One port of a Service with everything a node must know to forward its traffic. IPv4 only, as the lab is.</summary>
internal sealed record ProxiedPort(string Name, string Protocol, int Port, int? NodePort)
{
    public IReadOnlyList<string> ClusterAddresses { get; init; } = [];

    /// <summary>What the load balancer gave: guarded by <see cref="SourceRanges"/>.</summary>
    public IReadOnlyList<string> BalancerAddresses { get; init; } = [];

    public IReadOnlyList<string> ExternalAddresses { get; init; } = [];

    /// <summary>Who may use the balancer's addresses; empty is everybody.</summary>
    public IReadOnlyList<string> SourceRanges { get; init; } = [];

    /// <summary>externalTrafficPolicy: Local.</summary>
    public bool KeepsExternalTrafficLocal { get; init; }

    /// <summary>internalTrafficPolicy: Local.</summary>
    public bool KeepsInternalTrafficLocal { get; init; }

    public IReadOnlyList<Backend> Backends { get; init; } = [];

    public static IEnumerable<ProxiedPort> Of(V1Service service, IReadOnlyCollection<V1EndpointSlice> slices)
    {
        if (service.Spec is not { Type: not "ExternalName" } spec)
            yield break;
        foreach (var port in spec.Ports ?? [])
        {
            var protocol = (port.Protocol ?? "TCP").ToUpperInvariant();
            if (protocol is not ("TCP" or "UDP"))
                continue;
            yield return new($"{service.Metadata.Namespace}/{service.Metadata.Name}:{port.Name ?? port.Port.ToString(CultureInfo.InvariantCulture)}",
                protocol.ToLowerInvariant(), port.Port, port.NodePort is > 0 ? port.NodePort : null)
            {
                ClusterAddresses = IPv4(spec.ClusterIPs ?? [spec.ClusterIP ?? ""]),
                BalancerAddresses = spec.Type == "LoadBalancer"
                    ? IPv4((service.Status?.LoadBalancer?.Ingress ?? []).Where(i => i.IpMode is null or "VIP").Select(i => i.Ip ?? ""))
                    : [],
                ExternalAddresses = IPv4(spec.ExternalIPs ?? []),
                SourceRanges = IPv4((spec.LoadBalancerSourceRanges ?? []).Select(r => r.Trim())),
                KeepsExternalTrafficLocal = spec.ExternalTrafficPolicy == "Local",
                KeepsInternalTrafficLocal = spec.InternalTrafficPolicy == "Local",
                Backends = [.. slices.SelectMany(slice => BackendsOf(slice, port))],
            };
        }
    }

    private static IEnumerable<Backend> BackendsOf(V1EndpointSlice slice, V1ServicePort port)
    {
        if (slice.AddressType != "IPv4" || (slice.Ports ?? []).FirstOrDefault(p => (p.Name ?? "") == (port.Name ?? ""))?.Port is not { } target)
            return [];
        // Pods that are about to go serve only where nobody else does.
        var ready = slice.Endpoints.Where(e => e.Conditions?.Ready ?? true).ToList();
        var chosen = ready.Count > 0 ? ready : slice.Endpoints.Where(e => e.Conditions is { Serving: true, Terminating: true });
        return chosen.SelectMany(e => e.Addresses.Take(1).Select(address => new Backend(address, target, e.NodeName)));
    }

    private static List<string> IPv4(IEnumerable<string> addresses) => [.. addresses.Where(a => a.Contains('.')).Distinct()];
}
