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
    private readonly Dictionary<InetAddress, ServiceKey> _owners = [];
    private RestingAddresses _resting = new();
    private Dictionary<(PoolName, IpFamily), AddressSpace> _spaces = [];
    private PoolTable? _pools;

    /// <summary>The configuration in force; null before the first, while every request is refused with <see cref="AllocationReason.NoConfiguration"/>.</summary>
    public LoadBalancerConfiguration? Configuration { get; private set; }

    /// <summary>How many Services have an address.</summary>
    public int Count => _holdings.Count;

    public AllocatedAddress? Find(ServiceKey service) => _holdings.TryGetValue(service, out var holding) ? holding.Allocation : null;

    public ServiceKey? OwnerOf(InetAddress address) => _owners.TryGetValue(address, out var owner) ? owner : null;

    /// <summary>The pool that has an address, whether it may be used or not; null when none has it.</summary>
    public PoolName? PoolOf(InetAddress address) => _pools?.Find(address)?.Name;

    /// <summary>The exact counts of every pool, in the order of the configuration.</summary>
    public IEnumerable<PoolUsage> Usage()
    {
        foreach (var pool in _pools?.Pools ?? [])
            yield return new(pool.Name, CountOf(pool, IpFamily.IPv4), CountOf(pool, IpFamily.IPv6));
    }

    /// <summary>
    /// The Services that would lose their address under another configuration, in the order of their keys. An address that
    /// is in another pool then is not lost, unless its Service asks for a pool by name.
    /// </summary>
    public IReadOnlyList<LostAddress> CheckCompatible(LoadBalancerConfiguration next)
    {
        var pools = new PoolTable(next);
        var lost = new List<LostAddress>();
        foreach (var (service, holding) in _holdings)
        {
            if (pools.Objection(holding.Allocation.Address, holding.RequestedPool) is { } reason)
                lost.Add(new(service, holding.Allocation.Address, reason, Describe(reason, holding.Allocation.Address, holding.RequestedPool, pools)));
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
        foreach (var space in _spaces.Values)
            space.Wake(now);
        Configuration = configuration;
        _pools = new(configuration);
        var restingBefore = _resting;
        _resting = new();
        _spaces = [];
        foreach (var pool in _pools.Pools)
        {
            foreach (var family in pool.Addresses.Select(range => range.Family).Distinct())
                _spaces.Add((pool.Name, family), new(pool, family, _resting));
        }

        foreach (var (service, holding) in _holdings.ToArray())
        {
            var address = holding.Allocation.Address;
            if (_pools.Objection(address, requestedPool: null) is not null)
            {
                _holdings.Remove(service);
                _owners.Remove(address);
                continue;
            }

            var space = SpaceOf(address);
            space.Take(address);
            _holdings[service] = holding with { Allocation = new(address, space.Pool.Name) };
        }

        foreach (var resting in restingBefore.InOrderOfRelease)
        {
            if (_pools.Objection(resting.Address, requestedPool: null) is null)
                SpaceOf(resting.Address).Resume(resting);
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
        var released = LetGo(request, now);
        released = Claim(request, _pools, now) ?? released;
        return Decide(request, _pools, released, now);
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
            released[index] = LetGo(requests[index], now);
        foreach (var index in byAge)
            released[index] = Claim(requests[index], _pools, now) ?? released[index];
        foreach (var index in byAge)
            decisions[index] = Decide(requests[index], _pools, released[index], now);
        return decisions;
    }

    /// <summary>Takes back what a Service has, because it is gone or is no load balancer any more. Null when it had nothing.</summary>
    public InetAddress? Release(ServiceKey service, Instant now)
    {
        if (!_holdings.Remove(service, out var holding))
            return null;
        var address = holding.Allocation.Address;
        _owners.Remove(address);
        SpaceOf(address).Release(address, service, now);
        return address;
    }

    private static AllocationDecision Undecidable(AllocationRequest request) =>
        new AllocationDecision.Refused(request.Service, new(AllocationReason.NoConfiguration, "there is no valid configuration yet"), Released: null);

    private ReleasedAddress? LetGo(AllocationRequest request, Instant now)
    {
        if (!_holdings.TryGetValue(request.Service, out var holding) || holding.Allocation.Address == CurrentOf(request))
            return null;
        Release(request.Service, now);
        return new(ReleaseReason.NotInStatus, holding.Allocation.Address, $"{holding.Allocation.Address} is not in the status any more");
    }

    private ReleasedAddress? Claim(AllocationRequest request, PoolTable pools, Instant now)
    {
        if (CurrentOf(request) is not { } current)
            return null;
        if (Objection(request, current, pools) is { } reason)
        {
            Release(request.Service, now);
            return new(reason, current, reason switch
            {
                ReleaseReason.AddressRequestChanged => $"the Service asks for {request.RequestedAddress}",
                ReleaseReason.FamilyChanged => $"the Service is {request.Family} now",
                ReleaseReason.AddressInUse => Refusals.ForUsed(current, _owners[current]).Message,
                _ => Describe(reason, current, request.RequestedPool, pools),
            });
        }

        Hold(request, current);
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
        return _owners.TryGetValue(current, out var owner) && owner != request.Service ? ReleaseReason.AddressInUse : null;
    }

    private AllocationDecision Decide(AllocationRequest request, PoolTable pools, ReleasedAddress? released, Instant now)
    {
        if (!_holdings.TryGetValue(request.Service, out var holding))
        {
            if (Choose(request, pools, now, out var chosen) is { } refusal)
                return new AllocationDecision.Refused(request.Service, refusal, released);
            holding = Hold(request, chosen);
        }

        return new AllocationDecision.Granted(request.Service, holding.Allocation, released);
    }

    /// <summary>Null when an address was found.</summary>
    private AllocationRefusal? Choose(AllocationRequest request, PoolTable pools, Instant now, out InetAddress chosen)
    {
        chosen = default;
        AddressPool? wantedPool = null;
        if (request.RequestedPool is { } name && (wantedPool = pools.Find(name)) is null)
            return Refusals.ForUnknownPool(name, pools);
        if (request.RequestedAddress is { } wanted)
        {
            chosen = wanted;
            return RefusalOf(wanted, request, pools);
        }

        EquatableArray<AddressPool> candidates = wantedPool is null ? pools.Pools : [wantedPool];
        InetAddress? resting = null;
        foreach (var pool in candidates)
        {
            if ((wantedPool is null && !pool.AutoAssign) || !_spaces.TryGetValue((pool.Name, request.Family), out var space))
                continue;
            if (space.LowestFor(request.Service, now) is { } lowest)
            {
                chosen = lowest;
                return null;
            }

            resting ??= space.LongestResting();
        }

        chosen = resting.GetValueOrDefault();
        return resting is null ? NothingLeft(candidates, request.Family, byName: wantedPool is not null) : null;
    }

    private AllocationRefusal NothingLeft(EquatableArray<AddressPool> tried, IpFamily family, bool byName) =>
        Refusals.ForPools(tried, pool => CountOf(pool, family), family, byName);

    private AllocationRefusal? RefusalOf(InetAddress wanted, AllocationRequest request, PoolTable pools)
    {
        if (wanted.Family != request.Family)
            return Refusals.ForFamily(wanted, request.Family);
        if (pools.Find(wanted) is not { } pool)
            return Refusals.ForForeignAddress(wanted, pools);
        if (request.RequestedPool is { } wantedPool && wantedPool != pool.Name)
            return Refusals.ForOtherPool(wanted, pool.Name, wantedPool);
        if (pools.Objection(wanted, request.RequestedPool) is not null)
            return Refusals.ForAvoided(wanted, pool.Name);
        return _owners.TryGetValue(wanted, out var owner) ? Refusals.ForUsed(wanted, owner) : null;
    }

    private Holding Hold(AllocationRequest request, InetAddress address)
    {
        if (_holdings.TryGetValue(request.Service, out var held) && held.RequestedPool == request.RequestedPool)
            return held;
        if (_owners.TryAdd(address, request.Service))
            SpaceOf(address).Take(address);
        return _holdings[request.Service] = new(new(address, SpaceOf(address).Pool.Name), request.RequestedPool);
    }

    private AddressSpace SpaceOf(InetAddress address) => _spaces[(_pools!.Find(address)!.Name, address.Family)];

    private AddressCount CountOf(AddressPool pool, IpFamily family) => _spaces.GetValueOrDefault((pool.Name, family))?.Count ?? default;

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
        ReleaseReason.PoolRequestChanged => Refusals.ForOtherPool(address, pools.Find(address)!.Name, requestedPool!.Value).Message,
        ReleaseReason.AddressAvoided => Refusals.ForAvoided(address, pools.Find(address)!.Name).Message,
        _ => Refusals.ForForeignAddress(address, pools).Message,
    };

    private readonly record struct Holding(AllocatedAddress Allocation, PoolName? RequestedPool);
}
