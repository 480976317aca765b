using System.Globalization;
using MetalSharp.Allocation;
using MetalSharp.Configuration;
using MetalSharp.Net;

namespace MetalSharp.Benchmarks.Allocation;

/// <summary>An allocator that has given addresses to many Services already, and the requests of those that come now.</summary>
internal sealed class AllocatorLoad
{
    private static readonly TimeSpan OverAnyRest = TimeSpan.FromHours(1);

    private readonly Allocator _allocator = new();
    // So many groups of newcomers take turns that none finds its own traces in the processor's caches.
    private const int Groups = 128;

    private readonly AllocationRequest[][] _newcomers;
    private int _turn;
    private Instant _now = new(TimeSpan.FromHours(1));

    /// <param name="pool">The pool that is measured.</param>
    /// <param name="services">How many Services have an address before. What the pool cannot hold is in another one.</param>
    /// <param name="newcomers">How many ask at once; there is room for them.</param>
    /// <param name="everySecondReleased">Whether the Services before were twice as many, so that there is a gap after each.</param>
    public AllocatorLoad(AddressPool pool, int services, int newcomers, bool everySecondReleased = false)
    {
        var family = pool.Addresses[0].Family;
        var elsewhere = new AddressPool(new("elsewhere")) { Addresses = [InetPrefix.Parse(family == IpFamily.IPv4 ? "100.64.0.0/10" : "fd99::/64").Range], AutoAssign = false };
        _allocator.Configure(new() { Pools = [pool, elsewhere] }, _now);
        var room = _allocator.Usage().First().Both.Total - (UInt128)newcomers;
        var before = everySecondReleased ? 2 * services : services;
        for (var n = 0; n < before; n++)
            _allocator.Allocate(Request("before", n, family) with { RequestedPool = (UInt128)n < room ? null : elsewhere.Name }, _now);
        for (var n = 0; everySecondReleased && n < before; n += 2)
            _allocator.Release(Key("before", n), _now);
        _now += OverAnyRest;
        _newcomers = [.. Enumerable.Range(0, Groups * newcomers).Select(n => Request("new", n, family)).Chunk(newcomers)];
    }

    public int Count => _allocator.Count;

    /// <summary>Everybody of the group whose turn it is gets an address.</summary>
    public int AllocateAll()
    {
        var granted = 0;
        foreach (var request in _newcomers[_turn])
            granted += _allocator.Allocate(request, _now) is AllocationDecision.Granted ? 1 : 0;
        return granted;
    }

    /// <summary>And gives it back; time passes until no address rests any more.</summary>
    public void ReleaseAll()
    {
        foreach (var request in _newcomers[_turn])
            _allocator.Release(request.Service, _now);
        _now += OverAnyRest;
        _turn = (_turn + 1) % Groups;
    }

    public static AddressPool Pool(params string[] prefixes) => new(new PoolName("measured")) { Addresses = [.. prefixes.Select(prefix => InetPrefix.Parse(prefix).Range)] };

    private static AllocationRequest Request(string name, int number, IpFamily family) => new(Key(name, number), family);

    private static ServiceKey Key(string name, int number) =>
        new("namespace-" + (number % 100).ToString(CultureInfo.InvariantCulture), $"{name}-{number}");
}
