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
        var near = Pools.Select(pool => pool.Name.Value).Where(name => IsNear(name, unknown.Value)).Take(3).ToArray();
        return near.Length > 0
            ? $"did you mean {string.Join(" or ", near.Select(name => $"\"{name}\""))}?"
            : $"the pools are {Refusals.Listed(Pools, pool => pool.Name.Value, ", ")}";
    }

    private static bool IsNear(string name, string written) =>
        string.Equals(name, written, StringComparison.OrdinalIgnoreCase)
        || Distance(name, written) <= Math.Max(1, Math.Min(name.Length, written.Length) / 3);

    // Levenshtein: how many letters to insert, remove or replace.
    private static int Distance(string left, string right)
    {
        var row = Enumerable.Range(0, right.Length + 1).ToArray();
        for (var i = 1; i <= left.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= right.Length; j++)
            {
                var replaced = diagonal + (left[i - 1] == right[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[right.Length];
    }
}
