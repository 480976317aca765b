using MetalSharp.Configuration;
using MetalSharp.Net;

namespace MetalSharp.Allocation;

/// <summary>
/// The addresses of one family in one pool: which are free, which rest after their release, how many are in use.
/// A resting address goes only to the Service that had it, to one that asks for it, or to anybody when nothing else is left.
/// </summary>
internal sealed class AddressSpace
{
    private readonly FreeRuns _free;
    private readonly LinkedList<RestingAddress> _queue = [];   // in the order of release, which is the order of waking
    private readonly RestingAddresses _resting;

    /// <param name="pool">The pool.</param>
    /// <param name="family">The family of this space.</param>
    /// <param name="resting">The index that all spaces of one allocator share.</param>
    public AddressSpace(AddressPool pool, IpFamily family, RestingAddresses resting)
    {
        Pool = pool;
        Family = family;
        _resting = resting;
        Avoids = pool.AvoidBuggyIps && family == IpFamily.IPv4;
        var ascending = pool.Addresses.Where(range => range.Family == family).Order().ToArray();
        foreach (var range in ascending)
            Total = AddressCount.Saturated(Total, Avoids ? range.Count - AvoidedIn(range) : range.Count);
        _free = new(ascending.Select(range => (range.First.Value, range.Last.Value)), Avoids);
    }

    public AddressPool Pool { get; }

    public IpFamily Family { get; }

    /// <summary>Whether addresses that end in .0 or .255 are left out.</summary>
    public bool Avoids { get; }

    public UInt128 Total { get; }

    public UInt128 InUse { get; private set; }

    public AddressCount Count => new(Total, InUse);

    /// <summary>The lowest address that the Service may have without asking for it, resting addresses of others left aside.</summary>
    public InetAddress? LowestFor(ServiceKey service, Instant now)
    {
        Wake(now);
        InetAddress? free = _free.TryGetLowest(out var value) ? new(Family, value) : null;
        if (_queue.Count == 0)
            return free;
        var own = _resting.LowestOf(service, this);
        return own is null || free < own ? free : own;
    }

    /// <summary>The address that rests longest.</summary>
    public InetAddress? LongestResting() => _queue.First?.Value.Address;

    /// <summary>Takes an address of this space that nobody has, whether it rests or not.</summary>
    public void Take(InetAddress address)
    {
        InUse++;
        if (_resting.Remove(address, out var node))
            _queue.Remove(node);
        else
            _free.TryTake(address.Value);
    }

    public void Release(InetAddress address, ServiceKey lastOwner, Instant now)
    {
        InUse--;
        Wake(now);
        if (Pool.ReuseAfter > TimeSpan.Zero)
            Rest(address, lastOwner, now);
        else
            _free.Put(address.Value);
    }

    /// <summary>Lets an address rest on that was released under an earlier configuration. Called in the order of release.</summary>
    public void Resume(RestingAddress before)
    {
        if (_free.TryTake(before.Address.Value))
            Rest(before.Address, before.LastOwner, before.ReleasedAt);
    }

    /// <summary>Ends every rest that is over.</summary>
    public void Wake(Instant now)
    {
        while (_queue.First is { } first && first.Value.ReleasedAt + Pool.ReuseAfter <= now)
        {
            _resting.Remove(first.Value.Address, out _);
            _queue.Remove(first);
            _free.Put(first.Value.Address.Value);
        }
    }

    private void Rest(InetAddress address, ServiceKey lastOwner, Instant releasedAt) =>
        _resting.Add(_queue.AddLast(new RestingAddress(address, lastOwner, releasedAt, this)));

    private static UInt128 AvoidedIn(InetRange range)
    {
        static UInt128 UpTo(UInt128 n) => n / 256 * 2 + ((byte)n == 255 ? 2u : 1u);
        return UpTo(range.Last.Value) - (range.First.Value == 0 ? 0 : UpTo(range.First.Value - 1));
    }
}
