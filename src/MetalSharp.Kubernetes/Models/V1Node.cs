using System.Text.Json.Serialization;

namespace MetalSharp.Kubernetes.Models;

/// <summary>A machine of the cluster.</summary>
public sealed record V1Node : IKubernetesObject
{
    public string? ApiVersion { get; init; }

    public string? Kind { get; init; }

    public V1ObjectMeta Metadata { get => field ?? V1ObjectMeta.Empty; init; }

    public V1NodeSpec? Spec { get; init; }

    public V1NodeStatus? Status { get; init; }
}

/// <summary>What was set for a node.</summary>
public sealed record V1NodeSpec
{
    public string? PodCIDR { get; init; }

    public IReadOnlyList<string>? PodCIDRs { get; init; }

    public string? ProviderID { get; init; }

    public bool? Unschedulable { get; init; }
}

/// <summary>What was observed of a node.</summary>
public sealed record V1NodeStatus
{
    public IReadOnlyList<V1NodeAddress>? Addresses { get; init; }

    public IReadOnlyList<V1NodeCondition>? Conditions { get; init; }
}

/// <summary>One address or name of a node.</summary>
public sealed record V1NodeAddress
{
    /// <summary><c>InternalIP</c>, <c>ExternalIP</c>, <c>Hostname</c>, <c>InternalDNS</c> or <c>ExternalDNS</c>.</summary>
    public string? Type { get; init; }

    public string? Address { get; init; }
}

/// <summary>One observed aspect of a node, such as <c>Ready</c> or <c>NetworkUnavailable</c>.</summary>
public sealed record V1NodeCondition
{
    public string? Type { get; init; }

    /// <summary><c>True</c>, <c>False</c> or <c>Unknown</c>.</summary>
    public string? Status { get; init; }

    public string? Reason { get; init; }

    public string? Message { get; init; }

    [JsonConverter(typeof(TimeConverter))]
    public DateTimeOffset? LastHeartbeatTime { get; init; }

    [JsonConverter(typeof(TimeConverter))]
    public DateTimeOffset? LastTransitionTime { get; init; }
}
