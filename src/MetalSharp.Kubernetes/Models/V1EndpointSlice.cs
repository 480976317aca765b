namespace MetalSharp.Kubernetes.Models;

/// <summary>A part of the endpoints of a Service, which the label <c>kubernetes.io/service-name</c> names.</summary>
public sealed record V1EndpointSlice : IKubernetesObject
{
    public string? ApiVersion { get; init; }

    public string? Kind { get; init; }

    public V1ObjectMeta Metadata { get => field ?? V1ObjectMeta.Empty; init; }

    /// <summary><c>IPv4</c>, <c>IPv6</c> or <c>FQDN</c>.</summary>
    public string? AddressType { get; init; }

    public IReadOnlyList<V1Endpoint> Endpoints { get => field ?? []; init; }

    public IReadOnlyList<Discoveryv1EndpointPort>? Ports { get; init; }
}

/// <summary>One backend, usually a pod.</summary>
public sealed record V1Endpoint
{
    public IReadOnlyList<string> Addresses { get => field ?? []; init; }

    public V1EndpointConditions? Conditions { get; init; }

    public string? Hostname { get; init; }

    public string? NodeName { get; init; }

    public string? Zone { get; init; }

    public V1ObjectReference? TargetRef { get; init; }
}

/// <summary>Whether an endpoint takes connections. Null is unknown.</summary>
public sealed record V1EndpointConditions
{
    /// <summary>Serving and not terminating (or the Service publishes addresses that are not ready). Null counts as true.</summary>
    public bool? Ready { get; init; }

    /// <summary>Passes its readiness checks, also while terminating. Null counts as <see cref="Ready"/>.</summary>
    public bool? Serving { get; init; }

    /// <summary>Null counts as false.</summary>
    public bool? Terminating { get; init; }
}

/// <summary>One port of all endpoints of a slice.</summary>
public sealed record Discoveryv1EndpointPort
{
    public string? Name { get; init; }

    public string? Protocol { get; init; }

    public int? Port { get; init; }

    public string? AppProtocol { get; init; }
}
