namespace MetalSharp.Kubernetes.Models;

/// <summary>A namespace of the cluster.</summary>
public sealed record V1Namespace : IKubernetesObject
{
    public string? ApiVersion { get; init; }

    public string? Kind { get; init; }

    public V1ObjectMeta Metadata { get => field ?? V1ObjectMeta.Empty; init; }

    public V1NamespaceStatus? Status { get; init; }
}

/// <summary>What was observed of a namespace.</summary>
public sealed record V1NamespaceStatus
{
    /// <summary><c>Active</c> or <c>Terminating</c>.</summary>
    public string? Phase { get; init; }
}
