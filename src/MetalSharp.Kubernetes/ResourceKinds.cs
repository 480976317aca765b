using MetalSharp.Kubernetes.Models;
using static MetalSharp.Kubernetes.Models.ModelContext;

namespace MetalSharp.Kubernetes;

/// <summary>The kinds of Kubernetes itself that have models here.</summary>
public static class ResourceKinds
{
    public static ResourceKind<V1Service> Services { get; } =
        new("", "v1", "services", "Service", true, Default.V1Service, Default.KubernetesListV1Service);

    public static ResourceKind<V1EndpointSlice> EndpointSlices { get; } =
        new("discovery.k8s.io", "v1", "endpointslices", "EndpointSlice", true, Default.V1EndpointSlice, Default.KubernetesListV1EndpointSlice);

    public static ResourceKind<V1Node> Nodes { get; } =
        new("", "v1", "nodes", "Node", false, Default.V1Node, Default.KubernetesListV1Node);

    public static ResourceKind<V1Namespace> Namespaces { get; } =
        new("", "v1", "namespaces", "Namespace", false, Default.V1Namespace, Default.KubernetesListV1Namespace);

    public static ResourceKind<V1ConfigMap> ConfigMaps { get; } =
        new("", "v1", "configmaps", "ConfigMap", true, Default.V1ConfigMap, Default.KubernetesListV1ConfigMap);

    public static ResourceKind<V1Secret> Secrets { get; } =
        new("", "v1", "secrets", "Secret", true, Default.V1Secret, Default.KubernetesListV1Secret);

    public static ResourceKind<V1Pod> Pods { get; } =
        new("", "v1", "pods", "Pod", true, Default.V1Pod, Default.KubernetesListV1Pod);

    public static ResourceKind<V1Lease> Leases { get; } =
        new("coordination.k8s.io", "v1", "leases", "Lease", true, Default.V1Lease, Default.KubernetesListV1Lease);

    public static ResourceKind<EventsV1Event> Events { get; } =
        new("events.k8s.io", "v1", "events", "Event", true, Default.EventsV1Event, Default.KubernetesListEventsV1Event);

    public static ResourceKind<V1Deployment> Deployments { get; } =
        new("apps", "v1", "deployments", "Deployment", true, Default.V1Deployment, Default.KubernetesListV1Deployment);

    public static ResourceKind<V1DaemonSet> DaemonSets { get; } =
        new("apps", "v1", "daemonsets", "DaemonSet", true, Default.V1DaemonSet, Default.KubernetesListV1DaemonSet);
}
