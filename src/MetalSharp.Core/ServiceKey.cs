namespace MetalSharp;

/// <summary>Names one Service of the cluster. Ordered by namespace, then name, both ordinal.</summary>
public readonly record struct ServiceKey(string Namespace, string Name) : IComparable<ServiceKey>
{
    public int CompareTo(ServiceKey other)
    {
        var byNamespace = string.CompareOrdinal(Namespace, other.Namespace);
        return byNamespace != 0 ? byNamespace : string.CompareOrdinal(Name, other.Name);
    }

    /// <summary><c>namespace/name</c>, the form of logs, events and metrics.</summary>
    public override string ToString() => $"{Namespace}/{Name}";
}
