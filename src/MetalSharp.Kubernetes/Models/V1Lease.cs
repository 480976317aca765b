using System.Text.Json.Serialization;

namespace MetalSharp.Kubernetes.Models;

/// <summary>Says who leads, and until when it must renew.</summary>
public sealed record V1Lease : IKubernetesObject
{
    public string? ApiVersion { get; init; }

    public string? Kind { get; init; }

    public V1ObjectMeta Metadata { get => field ?? V1ObjectMeta.Empty; init; }

    public V1LeaseSpec? Spec { get; init; }
}

/// <summary>The holder of a lease and its times.</summary>
public sealed record V1LeaseSpec
{
    /// <summary>Empty when the last holder released the lease.</summary>
    public string? HolderIdentity { get; init; }

    public int? LeaseDurationSeconds { get; init; }

    [JsonConverter(typeof(MicroTimeConverter))]
    public DateTimeOffset? AcquireTime { get; init; }

    [JsonConverter(typeof(MicroTimeConverter))]
    public DateTimeOffset? RenewTime { get; init; }

    /// <summary>Counts the changes of holder.</summary>
    public int? LeaseTransitions { get; init; }

    public string? Strategy { get; init; }

    public string? PreferredHolder { get; init; }
}
