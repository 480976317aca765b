namespace MetalSharp.Allocation;

/// <summary>How many addresses of one family a pool has, without those that it avoids, and how many Services have one.</summary>
public readonly record struct AddressCount(UInt128 Total, UInt128 InUse)
{
    public static AddressCount operator +(AddressCount left, AddressCount right) =>
        new(Saturated(left.Total, right.Total), Saturated(left.InUse, right.InUse));

    // Only the whole of IPv6 and something beside it is more than the type can hold.
    internal static UInt128 Saturated(UInt128 left, UInt128 right) =>
        left > UInt128.MaxValue - right ? UInt128.MaxValue : left + right;
}

/// <summary>The exact counts of one pool.</summary>
public sealed record PoolUsage(PoolName Pool, AddressCount IPv4, AddressCount IPv6)
{
    public AddressCount Both => IPv4 + IPv6;
}
