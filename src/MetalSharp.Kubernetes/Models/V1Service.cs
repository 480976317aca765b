namespace MetalSharp.Kubernetes.Models;

/// <summary>A Service: a name and address for a set of pods.</summary>
public sealed record V1Service : IKubernetesObject
{
    public string? ApiVersion { get; init; }

    public string? Kind { get; init; }

    public V1ObjectMeta Metadata { get => field ?? V1ObjectMeta.Empty; init; }

    public V1ServiceSpec? Spec { get; init; }

    public V1ServiceStatus? Status { get; init; }
}

/// <summary>What the user of a Service wants.</summary>
public sealed record V1ServiceSpec
{
    /// <summary><c>ClusterIP</c>, <c>NodePort</c>, <c>LoadBalancer</c> or <c>ExternalName</c>.</summary>
    public string? Type { get; init; }

    /// <summary><c>None</c> for a headless Service.</summary>
    public string? ClusterIP { get; init; }

    public IReadOnlyList<string>? ClusterIPs { get; init; }

    public string? LoadBalancerIP { get; init; }

    public string? LoadBalancerClass { get; init; }

    public IReadOnlyList<string>? LoadBalancerSourceRanges { get; init; }

    public bool? AllocateLoadBalancerNodePorts { get; init; }

    public IReadOnlyList<string>? ExternalIPs { get; init; }

    public string? ExternalName { get; init; }

    /// <summary><c>IPv4</c>, <c>IPv6</c>; the first is the primary one.</summary>
    public IReadOnlyList<string>? IpFamilies { get; init; }

    /// <summary><c>SingleStack</c>, <c>PreferDualStack</c> or <c>RequireDualStack</c>.</summary>
    public string? IpFamilyPolicy { get; init; }

    /// <summary><c>Cluster</c> or <c>Local</c>.</summary>
    public string? ExternalTrafficPolicy { get; init; }

    /// <summary><c>Cluster</c> or <c>Local</c>.</summary>
    public string? InternalTrafficPolicy { get; init; }

    public int? HealthCheckNodePort { get; init; }

    public bool? PublishNotReadyAddresses { get; init; }

    /// <summary><c>ClientIP</c> or <c>None</c>.</summary>
    public string? SessionAffinity { get; init; }

    public IReadOnlyDictionary<string, string>? Selector { get; init; }

    public IReadOnlyList<V1ServicePort>? Ports { get; init; }
}

/// <summary>One port of a Service.</summary>
public sealed record V1ServicePort
{
    public string? Name { get; init; }

    /// <summary><c>TCP</c> when absent, <c>UDP</c> or <c>SCTP</c>.</summary>
    public string? Protocol { get; init; }

    public string? AppProtocol { get; init; }

    public int Port { get; init; }

    public IntOrString? TargetPort { get; init; }

    public int? NodePort { get; init; }
}

/// <summary>What was observed of a Service.</summary>
public sealed record V1ServiceStatus
{
    public V1LoadBalancerStatus? LoadBalancer { get; init; }

    public IReadOnlyList<V1Condition>? Conditions { get; init; }
}

/// <summary>The external addresses of a Service.</summary>
public sealed record V1LoadBalancerStatus
{
    public IReadOnlyList<V1LoadBalancerIngress>? Ingress { get; init; }
}

/// <summary>One external address or host name of a Service.</summary>
public sealed record V1LoadBalancerIngress
{
    public string? Ip { get; init; }

    public string? Hostname { get; init; }

    /// <summary><c>VIP</c> when absent, or <c>Proxy</c>.</summary>
    public string? IpMode { get; init; }
}
