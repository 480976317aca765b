namespace MetalSharp.Kubernetes.Models;

/// <summary>Texts and bytes by key.</summary>
public sealed record V1ConfigMap : IKubernetesObject
{
    public string? ApiVersion { get; init; }

    public string? Kind { get; init; }

    public V1ObjectMeta Metadata { get => field ?? V1ObjectMeta.Empty; init; }

    public IReadOnlyDictionary<string, string>? Data { get; init; }

    public IReadOnlyDictionary<string, byte[]>? BinaryData { get; init; }

    public bool? Immutable { get; init; }
}
