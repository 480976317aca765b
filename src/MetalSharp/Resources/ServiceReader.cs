using MetalSharp.Allocation;
using MetalSharp.Kubernetes.Models;
using MetalSharp.Net;

namespace MetalSharp.Resources;

/// <summary>What a Service object asks of a load balancer.</summary>
internal abstract record ServiceReading
{
    private ServiceReading()
    {
    }

    /// <summary>It asks for no load balancer, or for another one.</summary>
    public sealed record NotOurs(NotOursReason Reason) : ServiceReading;

    /// <summary>It asks for something that cannot be given to anybody.</summary>
    public sealed record Unusable(AllocationRefusal Refusal) : ServiceReading;

    /// <summary>It asks for an address.</summary>
    public sealed record Wants(AllocationRequest Request) : ServiceReading;
}

/// <summary>Why a Service is none of ours.</summary>
internal enum NotOursReason
{
    /// <summary>Its type is not LoadBalancer.</summary>
    NotLoadBalancer,

    /// <summary>Its load balancer class is another one than ours.</summary>
    OtherClass,
}

/// <summary>Reads Service objects for one load balancer class.</summary>
/// <param name="loadBalancerClass">Null: Services without a class are ours. Otherwise those with exactly this one.</param>
internal sealed class ServiceReader(string? loadBalancerClass)
{
    /// <summary>In the order in which they count: the first that is present, even when empty.</summary>
    public static readonly string[] Prefixes = ["metallb.io/", "metallb.universe.tf/"];

    private const string PoolAnnotation = "address-pool";
    private const string AddressesAnnotation = "loadBalancerIPs";

    private readonly string _class = loadBalancerClass ?? "";

    public static ServiceKey Key(V1Service service) => new(service.Metadata.Namespace ?? "", service.Metadata.Name ?? "");

    /// <summary>The addresses that the status shows, in its order. Host names and what is no address are passed over.</summary>
    public static EquatableArray<InetAddress> StatusAddresses(V1Service service)
    {
        if (service.Status?.LoadBalancer?.Ingress is not { Count: > 0 } ingress)
            return [];
        return ingress
            .Where(entry => InetAddress.TryParse(entry.Ip, out _))
            .Select(entry => InetAddress.Parse(entry.Ip))
            .ToEquatableArray();
    }

    /// <summary>Null when the Service is ours.</summary>
    public NotOursReason? WhyNotOurs(V1Service service)
    {
        if (service.Spec?.Type != "LoadBalancer")
            return NotOursReason.NotLoadBalancer;
        return (service.Spec.LoadBalancerClass ?? "") == _class ? null : NotOursReason.OtherClass;
    }

    public ServiceReading Read(V1Service service)
    {
        if (WhyNotOurs(service) is { } reason)
            return new ServiceReading.NotOurs(reason);
        var clusterIP = service.Spec!.ClusterIPs is [var first, ..] ? first : service.Spec.ClusterIP;
        if (!InetAddress.TryParse(clusterIP, out var clusterAddress))
        {
            return Unusable(AllocationReason.NoClusterIP, clusterIP == "None"
                ? "the Service is headless (clusterIP: None), so nothing could forward the traffic"
                : "the Service has no cluster IP yet");
        }

        var (annotation, written) = Annotation(service, AddressesAnnotation);
        var specified = service.Spec.LoadBalancerIP ?? "";
        if (written.Length > 0 && specified.Length > 0)
        {
            return Unusable(AllocationReason.ConflictingRequests,
                $"the annotation {annotation} (\"{written}\") and spec.loadBalancerIP (\"{specified}\") both ask for an address: use one of them");
        }

        var (place, text) = written.Length > 0 ? ("the annotation " + annotation, written) : ("spec.loadBalancerIP", specified);
        if (text.Contains(','))
            return Unusable(AllocationReason.TooManyAddresses, $"{place} asks for \"{text}\", but a Service gets one address");
        InetAddress? requested = null;
        if (text.Length > 0)
        {
            if (!InetAddress.TryParse(text, out var address))
                return Unusable(AllocationReason.InvalidRequest, $"{place} is \"{text}\", which is not an IP address");
            requested = address;
        }

        var (_, pool) = Annotation(service, PoolAnnotation);
        return new ServiceReading.Wants(new(Key(service), clusterAddress.Family)
        {
            RequestedAddress = requested,
            RequestedPool = pool.Length > 0 ? new PoolName(pool) : null,
            Current = StatusAddresses(service),
            CreatedAt = service.Metadata.CreationTimestamp ?? default,
        });
    }

    private static ServiceReading.Unusable Unusable(AllocationReason reason, string message) => new(new(reason, message));

    private static (string Name, string Value) Annotation(V1Service service, string name)
    {
        foreach (var prefix in Prefixes)
        {
            if (service.Metadata.Annotations?.TryGetValue(prefix + name, out var value) == true)
                return (prefix + name, value.Trim());
        }

        return (Prefixes[0] + name, "");
    }
}
