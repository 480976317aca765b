using MetalSharp.Configuration;
using MetalSharp.Net;

namespace MetalSharp.Allocation;

/// <summary>
/// Gives addresses of the configured pools to Services and remembers who has what. Deterministic: pools in the order of the
/// configuration, in a pool the lowest address that is free and does not rest after its release. The cost of a decision
/// depends neither on the size of a pool nor on the number of Services, and the memory only on what is in use.
/// Owned by one thread.
/// </summary>
public sealed class Allocator
{
    private readonly Dictionary<ServiceKey, Holding> _holdings = [];
    private readonly Dictionary<InetAddress, Holding> _byAddress = new(new Neighbours());
    private RestingAddresses _resting = new();
    private PoolTable? _pools;

    /// <summary>The configuration in force; null before the first, while every request is refused with <see cref="AllocationReason.NoConfiguration"/>.</summary>
    public LoadBalancerConfiguration? Configuration { get; private set; }

    /// <summary>How many Services have an address.</summary>
    public int Count => _holdings.Count;

    public AllocatedAddress? Find(ServiceKey service) => _holdings.TryGetValue(service, out var held) ? held.Allocation : null;

    public ServiceKey? OwnerOf(InetAddress address) => _byAddress.TryGetValue(address, out var held) ? held.Owner : null;

    /// <summary>The pool that has an address, whether it may be used or not; null when none has it.</summary>
    public PoolName? PoolOf(InetAddress address) => _pools?.Find(address)?.Pool.Name;

    /// <summary>The exact counts of every pool, in the order of the configuration.</summary>
    public IEnumerable<PoolUsage> Usage()
    {
        foreach (var pool in _pools?.InOrder ?? [])
            yield return new(pool.Pool.Name, CountOf(pool, IpFamily.IPv4), CountOf(pool, IpFamily.IPv6));
    }

    /// <summary>
    /// The Services that would lose their address under another configuration, in the order of their keys. An address that
    /// is in another pool then is not lost, unless its Service asks for a pool by name.
    /// </summary>
    public IReadOnlyList<LostAddress> CheckCompatible(LoadBalancerConfiguration next)
    {
        var pools = new PoolTable(next, resting: null);
        var lost = new List<LostAddress>();
        foreach (var (service, held) in _holdings)
        {
            if (pools.Objection(held.Address, held.RequestedPool) is { } reason)
                lost.Add(new(service, held.Address, reason, Describe(reason, held.Address, held.RequestedPool, pools)));
        }

        lost.Sort((left, right) => left.Service.CompareTo(right.Service));
        return lost;
    }

    /// <summary>
    /// Puts a configuration in force. Addresses that it does not allow are released at once; the others follow into the pool
    /// that has them now. What still rests goes on resting, for as long as its pool says from now on.
    /// </summary>
    public void Configure(LoadBalancerConfiguration configuration, Instant now)
    {
        if (configuration == Configuration)
            return;
        foreach (var pool in _pools?.InOrder ?? [])
        {
            pool.Of(IpFamily.IPv4)?.Wake(now);
            pool.Of(IpFamily.IPv6)?.Wake(now);
        }

        var restingBefore = _resting;
        _resting = new();
        _pools = new(configuration, _resting);
        Configuration = configuration;
        foreach (var held in _holdings.Values.ToArray())
        {
            if (_pools.Objection(held.Address, requestedPool: null) is null)
            {
                held.Space = _pools.Find(held.Address)!.Of(held.Address.Family)!;
                held.Space.Take(held.Address);
                continue;
            }

            _holdings.Remove(held.Owner);
            _byAddress.Remove(held.Address);
        }

        foreach (var resting in restingBefore.InOrderOfRelease)
        {
            if (_pools.Objection(resting.Address, requestedPool: null) is null)
                _pools.Find(resting.Address)!.Of(resting.Address.Family)!.Resume(resting);
        }
    }

    /// <summary>
    /// Decides one Service: keeps the address that its status shows if that is still right, otherwise releases it with a
    /// reason and gives out another, or says why there is none.
    /// </summary>
    public AllocationDecision Allocate(AllocationRequest request, Instant now)
    {
        if (_pools is null)
            return Undecidable(request);
        var held = Held(request);
        var released = LetGo(request, held, now);
        if (released is not null)
            held = null;
        if (!request.Current.IsEmpty)
        {
            released = Claim(request, held, _pools, now) ?? released;
            held = Held(request);
        }

        return Decide(request, held, _pools, released, now);
    }

    /// <summary>
    /// Decides several Services at once, in the order of their age whatever the order given. First every address that a
    /// status shows is claimed for its Service or released with a reason; only then are new addresses given out.
    /// The decisions come in the order of the requests.
    /// </summary>
    public IReadOnlyList<AllocationDecision> AllocateAll(IReadOnlyList<AllocationRequest> requests, Instant now)
    {
        if (_pools is null)
            return [.. requests.Select(Undecidable)];
        int[] byAge = [.. Enumerable.Range(0, requests.Count).OrderBy(index => requests[index])];
        var released = new ReleasedAddress?[requests.Count];
        var decisions = new AllocationDecision[requests.Count];
        // What a status shows no more is let go first, so that another status may show it.
        foreach (var index in byAge)
            released[index] = LetGo(requests[index], Held(requests[index]), now);
        foreach (var index in byAge)
            released[index] = Claim(requests[index], Held(requests[index]), _pools, now) ?? released[index];
        foreach (var index in byAge)
            decisions[index] = Decide(requests[index], Held(requests[index]), _pools, released[index], now);
        return decisions;
    }

    /// <summary>Takes back what a Service has, because it is gone or is no load balancer any more. Null when it had nothing.</summary>
    public InetAddress? Release(ServiceKey service, Instant now)
    {
        if (!_holdings.TryGetValue(service, out var held))
            return null;
        Release(held, now);
        return held.Address;
    }

    private void Release(Holding held, Instant now)
    {
        _holdings.Remove(held.Owner);
        _byAddress.Remove(held.Address);
        held.Space.Release(held.Address, held.Owner, now);
    }

    private Holding? Held(AllocationRequest request) => _holdings.GetValueOrDefault(request.Service);

    private static AllocationDecision Undecidable(AllocationRequest request) =>
        new AllocationDecision.Refused(request.Service, new(AllocationReason.NoConfiguration, "there is no valid configuration yet"), Released: null);

    private ReleasedAddress? LetGo(AllocationRequest request, Holding? held, Instant now)
    {
        if (held is null || held.Address == CurrentOf(request))
            return null;
        Release(held, now);
        return new(ReleaseReason.NotInStatus, held.Address, $"{held.Address} is not in the status any more");
    }

    private ReleasedAddress? Claim(AllocationRequest request, Holding? held, PoolTable pools, Instant now)
    {
        if (CurrentOf(request) is not { } current)
            return null;
        if (Objection(request, current, pools) is { } reason)
        {
            if (held is not null)
                Release(held, now);
            return new(reason, current, reason switch
            {
                ReleaseReason.AddressRequestChanged => $"the Service asks for {request.RequestedAddress}",
                ReleaseReason.FamilyChanged => $"the Service is {request.Family} now",
                ReleaseReason.AddressInUse => Refusals.ForUsed(current, _byAddress[current].Owner).Message,
                _ => Describe(reason, current, request.RequestedPool, pools),
            });
        }

        if (held is null)
            Hold(request, current, pools.Find(current)!.Of(current.Family)!);
        else
            held.RequestedPool = request.RequestedPool;
        return null;
    }

    private ReleaseReason? Objection(AllocationRequest request, InetAddress current, PoolTable pools)
    {
        if (current.Family != request.Family)
            return ReleaseReason.FamilyChanged;
        if (request.RequestedAddress is { } wanted && wanted != current)
            return ReleaseReason.AddressRequestChanged;
        if (pools.Objection(current, request.RequestedPool) is { } reason)
            return reason;
        return _byAddress.TryGetValue(current, out var held) && held.Owner != request.Service ? ReleaseReason.AddressInUse : null;
    }

    private AllocationDecision Decide(AllocationRequest request, Holding? held, PoolTable pools, ReleasedAddress? released, Instant now)
    {
        if (held is null)
        {
            if (Choose(request, pools, now, out var chosen, out var space) is { } refusal)
                return new AllocationDecision.Refused(request.Service, refusal, released);
            held = Hold(request, chosen, space!);
        }

        return new AllocationDecision.Granted(request.Service, held.Allocation, released);
    }

    /// <summary>Null when an address was found, and the space that has it.</summary>
    private AllocationRefusal? Choose(AllocationRequest request, PoolTable pools, Instant now, out InetAddress chosen, out AddressSpace? space)
    {
        (chosen, space) = (default, null);
        PoolSpaces? wantedPool = null;
        if (request.RequestedPool is { } name && (wantedPool = pools.Find(name)) is null)
            return Refusals.ForUnknownPool(name, pools);
        if (request.RequestedAddress is { } wanted)
        {
            (chosen, space) = (wanted, pools.Find(wanted)?.Of(wanted.Family));
            return RefusalOf(wanted, request, pools);
        }

        ReadOnlySpan<PoolSpaces> candidates = wantedPool is null ? pools.InOrder : [wantedPool];
        foreach (var pool in candidates)
        {
            if ((wantedPool is null && !pool.Pool.AutoAssign) || pool.Of(request.Family) is not { } candidate)
                continue;
            if (candidate.LowestFor(request.Service, now) is { } lowest)
            {
                (chosen, space) = (lowest, candidate);
                return null;
            }

            if (space is null && candidate.LongestResting() is { } resting)
                (chosen, space) = (resting, candidate);
        }

        return space is null ? NothingLeft(request.Family, wantedPool, pools) : null;
    }

    private static AllocationRefusal NothingLeft(IpFamily family, PoolSpaces? wanted, PoolTable pools) =>
        Refusals.ForPools(wanted is null ? pools.Pools : [wanted.Pool], pool => CountOf(pools.Find(pool.Name)!, family), family, byName: wanted is not null);

    private AllocationRefusal? RefusalOf(InetAddress wanted, AllocationRequest request, PoolTable pools)
    {
        if (wanted.Family != request.Family)
            return Refusals.ForFamily(wanted, request.Family);
        if (pools.Find(wanted)?.Pool is not { } pool)
            return Refusals.ForForeignAddress(wanted, pools);
        if (request.RequestedPool is { } wantedPool && wantedPool != pool.Name)
            return Refusals.ForOtherPool(wanted, pool.Name, wantedPool);
        if (pools.Objection(wanted, request.RequestedPool) is not null)
            return Refusals.ForAvoided(wanted, pool.Name);
        return _byAddress.TryGetValue(wanted, out var held) ? Refusals.ForUsed(wanted, held.Owner) : null;
    }

    private Holding Hold(AllocationRequest request, InetAddress address, AddressSpace space)
    {
        var held = new Holding(request.Service, address, space) { RequestedPool = request.RequestedPool };
        _holdings.Add(request.Service, held);
        _byAddress.Add(address, held);
        space.Take(address);
        return held;
    }

    private static AddressCount CountOf(PoolSpaces pool, IpFamily family) => pool.Of(family)?.Count ?? default;

    /// <summary>What the status says, in the family of the Service if it can be had.</summary>
    private static InetAddress? CurrentOf(AllocationRequest request)
    {
        foreach (var address in request.Current)
        {
            if (address.Family == request.Family)
                return address;
        }

        return request.Current.IsEmpty ? null : request.Current[0];
    }

    private static string Describe(ReleaseReason reason, InetAddress address, PoolName? requestedPool, PoolTable pools) => reason switch
    {
        ReleaseReason.PoolRequestChanged when pools.Find(requestedPool!.Value) is null => Refusals.ForUnknownPool(requestedPool.Value, pools).Message,
        ReleaseReason.PoolRequestChanged => Refusals.ForOtherPool(address, pools.Find(address)!.Pool.Name, requestedPool!.Value).Message,
        ReleaseReason.AddressAvoided => Refusals.ForAvoided(address, pools.Find(address)!.Pool.Name).Message,
        _ => Refusals.ForForeignAddress(address, pools).Message,
    };

    /// <summary>Keeps addresses that follow each other together in memory, as they are given out one after the other.</summary>
    private sealed class Neighbours : IEqualityComparer<InetAddress>
    {
        public bool Equals(InetAddress left, InetAddress right) => left == right;

        public int GetHashCode(InetAddress address) => (int)(uint)address.Value ^ (int)(uint)(address.Value >> 32);
    }

    /// <summary>An address in use.</summary>
    private sealed class Holding(ServiceKey owner, InetAddress address, AddressSpace space)
    {
        public ServiceKey Owner => owner;

        public InetAddress Address => address;

        /// <summary>Changes with the configuration.</summary>
        public AddressSpace Space { get; set; } = space;

        /// <summary>The pool that the owner asks for, if it does.</summary>
        public PoolName? RequestedPool { get; set; }

        public AllocatedAddress Allocation => new(address, Space.Pool.Name);
    }
}
