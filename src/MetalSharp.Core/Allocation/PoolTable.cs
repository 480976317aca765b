using MetalSharp.Configuration;
using MetalSharp.Net;

namespace MetalSharp.Allocation;

/// <summary>One pool and the addresses of each family in it; a family without addresses has no space.</summary>
internal sealed class PoolSpaces(AddressPool pool, RestingAddresses? resting)
{
    private readonly AddressSpace? _ipv4 = Space(pool, IpFamily.IPv4, resting);
    private readonly AddressSpace? _ipv6 = Space(pool, IpFamily.IPv6, resting);

    public AddressPool Pool => pool;

    public AddressSpace? Of(IpFamily family) => family == IpFamily.IPv4 ? _ipv4 : _ipv6;

    private static AddressSpace? Space(AddressPool pool, IpFamily family, RestingAddresses? resting) =>
        resting is not null && pool.Addresses.Any(range => range.Family == family) ? new(pool, family, resting) : null;
}

/// <summary>The pools of one configuration, found by name and by address.</summary>
internal sealed class PoolTable
{
    private readonly Dictionary<PoolName, PoolSpaces> _byName = [];
    private readonly (InetRange Range, PoolSpaces Pool)[] _byAddress;

    /// <param name="configuration">Whose pools these are.</param>
    /// <param name="resting">Null: nothing is to be given out, the table only answers questions.</param>
    public PoolTable(LoadBalancerConfiguration configuration, RestingAddresses? resting)
    {
        InOrder = [.. configuration.Pools.Select(pool => new PoolSpaces(pool, resting))];
        Pools = configuration.Pools;
        foreach (var pool in InOrder)
            _byName.Add(pool.Pool.Name, pool);
        _byAddress = [.. InOrder.SelectMany(pool => pool.Pool.Addresses.Select(range => (range, pool))).OrderBy(entry => entry.range)];
    }

    /// <summary>In the order of the configuration.</summary>
    public PoolSpaces[] InOrder { get; }

    public EquatableArray<AddressPool> Pools { get; }

    public PoolSpaces? Find(PoolName name) => _byName.GetValueOrDefault(name);

    public PoolSpaces? Find(InetAddress address)
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
    public ReleaseReason? Objection(InetAddress address, PoolName? requestedPool) => Find(address)?.Pool switch
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
