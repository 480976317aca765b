using MetalSharp.Announcement;
using MetalSharp.Kubernetes.Models;

namespace MetalSharp.Resources;

/// <summary>Services, as far as announcing them goes.</summary>
internal static class AnnouncedServiceReader
{
    /// <summary>Keeps what <see cref="Read"/> reads, and what names the object; of a Service that is no LoadBalancer hardly anything.</summary>
    public static V1Service Trim(V1Service service) => new()
    {
        Metadata = new V1ObjectMeta
        {
            Name = service.Metadata.Name,
            Namespace = service.Metadata.Namespace,
            Uid = service.Metadata.Uid,
            ResourceVersion = service.Metadata.ResourceVersion,
        },
        Spec = new V1ServiceSpec
        {
            Type = service.Spec?.Type,
            LoadBalancerClass = service.Spec?.LoadBalancerClass,
            ExternalTrafficPolicy = service.Spec?.ExternalTrafficPolicy,
        },
        Status = service.Status?.LoadBalancer?.Ingress is { Count: > 0 } ingress
            ? new V1ServiceStatus { LoadBalancer = new V1LoadBalancerStatus { Ingress = ingress } }
            : null,
    };

    /// <summary>Null for a Service that is none of ours.</summary>
    public static LoadBalancerService? Read(V1Service service, ServiceReader ours)
    {
        if (ours.WhyNotOurs(service) is not null)
            return null;
        return new LoadBalancerService(ServiceReader.Key(service))
        {
            Addresses = ServiceReader.StatusAddresses(service),
            ExternalTrafficPolicy = service.Spec?.ExternalTrafficPolicy == "Local" ? ExternalTrafficPolicy.Local : ExternalTrafficPolicy.Cluster,
        };
    }
}
