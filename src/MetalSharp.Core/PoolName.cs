namespace MetalSharp;

/// <summary>The name of an address pool, unique in one configuration.</summary>
public readonly record struct PoolName(string Value) : IComparable<PoolName>
{
    public int CompareTo(PoolName other) => string.CompareOrdinal(Value, other.Value);

    public override string ToString() => Value;
}
