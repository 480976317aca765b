using MetalSharp.Configuration;
using MetalSharp.Net;

namespace MetalSharp.Allocation;

/// <summary>The pools of one configuration, found by name and by address.</summary>
internal sealed class PoolTable
{
    private readonly Dictionary<PoolName, AddressPool> _byName = [];
    private readonly (InetRange Range, AddressPool Pool)[] _byAddress;

    public PoolTable(LoadBalancerConfiguration configuration)
    {
        Pools = configuration.Pools;
        foreach (var pool in Pools)
            _byName.Add(pool.Name, pool);
        _byAddress = [.. Pools.SelectMany(pool => pool.Addresses.Select(range => (range, pool))).OrderBy(entry => entry.range)];
    }

    public EquatableArray<AddressPool> Pools { get; }

    public AddressPool? Find(PoolName name) => _byName.GetValueOrDefault(name);

    public AddressPool? Find(InetAddress address)
    {
        var (low, high) = (0, _byAddress.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_byAddress[middle].Range.First <= address)
                low = middle + 1;
            else
                high = middle;
        }

        return low > 0 && _byAddress[low - 1].Range.Contains(address) ? _byAddress[low - 1].Pool : null;
    }

    /// <summary>Why the address must not be used under this configuration, or null.</summary>
    public ReleaseReason? Objection(InetAddress address, PoolName? requestedPool) => Find(address) switch
    {
        null => ReleaseReason.AddressNotInPool,
        { AvoidBuggyIps: true } when address.IsIPv4 && FreeRuns.IsAvoided(address.Value) => ReleaseReason.AddressAvoided,
        var pool when requestedPool is { } wanted && wanted != pool.Name => ReleaseReason.PoolRequestChanged,
        _ => null,
    };

    /// <summary>What there is instead of a pool that does not exist.</summary>
    public string Instead(PoolName unknown)
    {
        if (Pools.IsEmpty)
            return "no pools are configured";
        return NearMiss.Of(unknown.Value, Pools.Select(pool => pool.Name.Value)) is { } near
            ? $"did you mean \"{near}\"?"
            : $"the pools are {Refusals.Listed(Pools, pool => pool.Name.Value, ", ")}";
    }
}
