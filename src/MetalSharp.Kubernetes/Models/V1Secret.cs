namespace MetalSharp.Kubernetes.Models;

/// <summary>Secret bytes by key.</summary>
public sealed record V1Secret : IKubernetesObject
{
    public string? ApiVersion { get; init; }

    public string? Kind { get; init; }

    public V1ObjectMeta Metadata { get => field ?? V1ObjectMeta.Empty; init; }

    public string? Type { get; init; }

    public IReadOnlyDictionary<string, byte[]>? Data { get; init; }

    /// <summary>Texts that the server turns into <see cref="Data"/>; never read back.</summary>
    public IReadOnlyDictionary<string, string>? StringData { get; init; }

    public bool? Immutable { get; init; }

    /// <summary>The name only: what a log or a debugger may show of a secret.</summary>
    public override string ToString() => $"Secret {ObjectName.Of(this)}";
}
