using System.Text.Json.Serialization;

namespace MetalSharp.Kubernetes.Models;

/// <summary>What every object that can be read, listed and watched has.</summary>
public interface IKubernetesObject
{
    /// <summary>Group and version. Items of a list do not carry it.</summary>
    string? ApiVersion { get; init; }

    /// <summary>Items of a list do not carry it.</summary>
    string? Kind { get; init; }

    /// <summary>Never null; empty when the object came without.</summary>
    V1ObjectMeta Metadata { get; init; }
}

/// <summary>
/// Identity and bookkeeping of an object. Like all models here it is an immutable record that holds only the fields that are read;
/// comparing two of them compares lists and maps by reference, so compare <see cref="ResourceVersion"/> instead.
/// </summary>
public sealed record V1ObjectMeta
{
    internal static readonly V1ObjectMeta Empty = new();

    public string? Name { get; init; }

    /// <summary>A prefix to which the server adds a random suffix when an object is created without a name.</summary>
    public string? GenerateName { get; init; }

    public string? Namespace { get; init; }

    public string? Uid { get; init; }

    /// <summary>Opaque: equal or different, never greater or less.</summary>
    public string? ResourceVersion { get; init; }

    /// <summary>Counts the changes of the specification.</summary>
    public long? Generation { get; init; }

    [JsonConverter(typeof(TimeConverter))]
    public DateTimeOffset? CreationTimestamp { get; init; }

    /// <summary>Set while the object waits for its finalizers before it goes.</summary>
    [JsonConverter(typeof(TimeConverter))]
    public DateTimeOffset? DeletionTimestamp { get; init; }

    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    public IReadOnlyDictionary<string, string>? Annotations { get; init; }

    public IReadOnlyList<V1OwnerReference>? OwnerReferences { get; init; }

    public IReadOnlyList<string>? Finalizers { get; init; }
}

/// <summary>The object that this one belongs to and goes with.</summary>
public sealed record V1OwnerReference
{
    public string? ApiVersion { get; init; }

    public string? Kind { get; init; }

    public string? Name { get; init; }

    public string? Uid { get; init; }

    public bool? Controller { get; init; }

    public bool? BlockOwnerDeletion { get; init; }
}

/// <summary>Points to an object, also of another namespace.</summary>
public sealed record V1ObjectReference
{
    public string? ApiVersion { get; init; }

    public string? Kind { get; init; }

    public string? Namespace { get; init; }

    public string? Name { get; init; }

    public string? Uid { get; init; }

    public string? ResourceVersion { get; init; }

    public string? FieldPath { get; init; }

    /// <summary>A reference to an object that was read through <paramref name="kind"/>.</summary>
    public static V1ObjectReference To(ResourceKind kind, IKubernetesObject target) => new()
    {
        ApiVersion = kind.ApiVersion,
        Kind = kind.Kind,
        Namespace = target.Metadata.Namespace,
        Name = target.Metadata.Name,
        Uid = target.Metadata.Uid,
        ResourceVersion = target.Metadata.ResourceVersion,
    };
}

/// <summary>Bookkeeping of a list: the version to watch from, and where the next page starts.</summary>
public sealed record V1ListMeta
{
    internal static readonly V1ListMeta Empty = new();

    public string? ResourceVersion { get; init; }

    /// <summary>Empty on the last page.</summary>
    public string? Continue { get; init; }

    public long? RemainingItemCount { get; init; }
}

/// <summary>One page of a list. The official client has one such type per kind.</summary>
public sealed record KubernetesList<T> where T : class, IKubernetesObject
{
    public string? ApiVersion { get; init; }

    public string? Kind { get; init; }

    public V1ListMeta Metadata { get => field ?? V1ListMeta.Empty; init; }

    public IReadOnlyList<T> Items { get => field ?? []; init; }
}

/// <summary>One observed aspect of an object.</summary>
public sealed record V1Condition
{
    public string? Type { get; init; }

    /// <summary><c>True</c>, <c>False</c> or <c>Unknown</c>.</summary>
    public string? Status { get; init; }

    public long? ObservedGeneration { get; init; }

    [JsonConverter(typeof(TimeConverter))]
    public DateTimeOffset? LastTransitionTime { get; init; }

    /// <summary>A CamelCase word.</summary>
    public string? Reason { get; init; }

    public string? Message { get; init; }
}

/// <summary>Selects objects by their labels: all of <see cref="MatchLabels"/> and all of <see cref="MatchExpressions"/>.</summary>
public sealed record V1LabelSelector
{
    public IReadOnlyDictionary<string, string>? MatchLabels { get; init; }

    public IReadOnlyList<V1LabelSelectorRequirement>? MatchExpressions { get; init; }
}

/// <summary>One rule of a label selector.</summary>
public sealed record V1LabelSelectorRequirement
{
    public string? Key { get; init; }

    /// <summary><c>In</c>, <c>NotIn</c>, <c>Exists</c> or <c>DoesNotExist</c>.</summary>
    [JsonPropertyName("operator")]
    public string? OperatorProperty { get; init; }

    public IReadOnlyList<string>? Values { get; init; }
}
