namespace MetalSharp;

/// <summary>The name of a Kubernetes Node; a speaker carries the name of its node.</summary>
public readonly record struct NodeName(string Value) : IComparable<NodeName>
{
    public int CompareTo(NodeName other) => string.CompareOrdinal(Value, other.Value);

    public override string ToString() => Value;
}
