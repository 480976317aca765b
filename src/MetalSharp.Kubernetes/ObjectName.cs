using MetalSharp.Kubernetes.Models;

namespace MetalSharp.Kubernetes;

/// <summary>Names one object of a kind; the namespace is null for kinds that have none. Ordered by namespace, then name, both ordinal.</summary>
public readonly record struct ObjectName(string? Namespace, string Name) : IComparable<ObjectName>
{
    /// <summary>The name of an object that came from the server.</summary>
    public static ObjectName Of(IKubernetesObject named) => new(named.Metadata.Namespace, named.Metadata.Name ?? "");

    public int CompareTo(ObjectName other)
    {
        var byNamespace = string.CompareOrdinal(Namespace, other.Namespace);
        return byNamespace != 0 ? byNamespace : string.CompareOrdinal(Name, other.Name);
    }

    /// <summary><c>namespace/name</c>, or <c>name</c>.</summary>
    public override string ToString() => Namespace is null ? Name : $"{Namespace}/{Name}";
}
