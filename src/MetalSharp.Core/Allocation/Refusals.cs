using MetalSharp.Configuration;
using MetalSharp.Net;
using static MetalSharp.Allocation.AllocationReason;

namespace MetalSharp.Allocation;

/// <summary>The words for each refusal, said so that the owner of the Service can act on them.</summary>
internal static class Refusals
{
    // A message must fit into a condition and stay readable, however many pools there are.
    private const int Shown = 10;

    public static AllocationRefusal ForUnknownPool(PoolName name, PoolTable pools) =>
        new(PoolUnknown, $"no pool is called \"{name}\": {pools.Instead(name)}");

    public static AllocationRefusal ForFamily(InetAddress address, IpFamily family) =>
        new(FamilyMismatch, $"{address} is {address.Family}, but the Service is {family}");

    public static AllocationRefusal ForForeignAddress(InetAddress address, PoolTable pools) =>
        new(AddressNotInPool, pools.Pools.IsEmpty
            ? $"{address} is in no pool: no pools are configured"
            : $"{address} is in no pool; {Listed(pools.Pools, pool => $"pool {pool.Name} has {Listed(pool.Addresses, range => range.ToString(), ", ")}", "; ")}");

    public static AllocationRefusal ForOtherPool(InetAddress address, PoolName actual, PoolName wanted) =>
        new(AddressNotInRequestedPool, $"{address} is in pool {actual}, but the Service asks for pool {wanted}");

    public static AllocationRefusal ForAvoided(InetAddress address, PoolName pool) =>
        new(AddressAvoided, $"{address} ends in .0 or .255, which pool {pool} avoids (avoid-buggy-ips)");

    public static AllocationRefusal ForUsed(InetAddress address, ServiceKey owner) =>
        new(AddressInUse, $"{address} is in use by {owner}");

    public static AllocationRefusal ForPools(EquatableArray<AddressPool> tried, Func<AddressPool, AddressCount> count, IpFamily family, bool byName)
    {
        if (tried.IsEmpty)
            return new(NoMatchingPool, "no pools are configured");
        var full = tried.Any(pool => (byName || pool.AutoAssign) && count(pool).Total > 0);
        return new(full ? PoolExhausted : NoMatchingPool, Listed(tried, pool => $"pool {pool.Name}: {WhyNot(pool)}", "; "));

        string WhyNot(AddressPool pool)
        {
            if (!byName && !pool.AutoAssign)
                return "auto-assign is off";
            if (!pool.Addresses.Any(range => range.Family == family))
                return $"no {family} addresses";
            return count(pool) is { Total: var total, InUse: var inUse } && total == 0
                ? "all its addresses are avoided (avoid-buggy-ips)"
                : $"{inUse} of {total} in use";
        }
    }

    /// <summary>The first few of many, and how many more.</summary>
    public static string Listed<T>(EquatableArray<T> items, Func<T, string> say, string separator)
        where T : IEquatable<T>
    {
        var shown = string.Join(separator, items.Take(Shown).Select(say));
        return items.Count > Shown ? $"{shown}{separator}and {items.Count - Shown} more" : shown;
    }
}
