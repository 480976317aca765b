using MetalSharp.Allocation;
using MetalSharp.Configuration;
using MetalSharp.Net;

namespace MetalSharp.Tests.Allocation;

/// <summary>Long random lives of an allocator against the plainest program that follows the same rules: lists and loops over every address.</summary>
public sealed class AllocatorModelTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(0)]
    public void The_allocator_does_what_the_model_does(int given)
    {
        var seed = given == 0 ? Environment.TickCount : given;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var allocator = new Allocator();
        var model = new Model();
        var now = new Instant(TimeSpan.FromMinutes(1));
        for (var step = 0; step < 4000; step++)
        {
            now += TimeSpan.FromMilliseconds(random.Next(3) * random.Next(4000));
            model.Wake(now);
            var what = random.Next(100);
            if (step == 0 || what == 0)
            {
                var next = RandomConfiguration(random);
                var lost = allocator.CheckCompatible(next);
                Assert.Equal(model.LostUnder(next), lost.Select(entry => (entry.Service, entry.Address)));
                // Mostly as the ConfigMap has it: refused as a whole. Sometimes put in force all the same.
                if (lost.Count > 0 && random.Next(3) > 0)
                    continue;
                allocator.Configure(next, now);
                model.Configure(next);
            }
            else if (what < 30)
            {
                var key = Key(random.Next(24));
                Assert.Equal(model.Release(key, now), allocator.Release(key, now));
            }
            else if (what < 90)
            {
                var request = RandomRequest(random, model);
                AssertSame(step, [model.Allocate(request, now)], [allocator.Allocate(request, now)]);
            }
            else
            {
                AllocationRequest[] requests = [.. Enumerable.Range(0, random.Next(8)).Select(_ => RandomRequest(random, model)).DistinctBy(request => request.Service)];
                AssertSame(step, model.AllocateAll(requests, now), allocator.AllocateAll(requests, now));
            }

            Assert.Equal(model.Holdings.Count, allocator.Count);
            foreach (var (key, holding) in model.Holdings)
            {
                Assert.Equal(new(holding.Address, model.PoolOf(holding.Address)!.Name), allocator.Find(key));
                Assert.Equal(key, allocator.OwnerOf(holding.Address));
            }

            foreach (var usage in allocator.Usage())
            {
                Assert.Equal(model.Count(usage.Pool, IpFamily.IPv4), usage.IPv4);
                Assert.Equal(model.Count(usage.Pool, IpFamily.IPv6), usage.IPv6);
            }
        }
    }

    private static void AssertSame(int step, IReadOnlyList<(InetAddress? Address, AllocationReason Reason, ReleaseReason? Released)> expected, IReadOnlyList<AllocationDecision> actual) =>
        Assert.Equal(
            expected.Select(outcome => (step, outcome)),
            actual.Select(decision => (step, ((decision as AllocationDecision.Granted)?.Allocation.Address, decision.Reason, decision.Released?.Reason))));

    private static ServiceKey Key(int n) => new("default", $"s{n}");

    private static AllocationRequest RandomRequest(Random random, Model model)
    {
        var key = Key(random.Next(24));
        var family = random.Next(4) == 0 ? IpFamily.IPv6 : IpFamily.IPv4;
        EquatableArray<InetAddress> current = random.Next(12) switch
        {
            0 => [],
            1 => [RandomAddress(random)],
            2 => [RandomAddress(random), RandomAddress(random)],
            _ => model.Holdings.TryGetValue(key, out var holding) ? [holding.Address] : [],
        };
        if (current is [var held, ..] && random.Next(8) > 0)
            family = held.Family;
        return new(key, family)
        {
            Current = current,
            RequestedAddress = random.Next(5) == 0 ? RandomAddress(random) : null,
            RequestedPool = random.Next(5) == 0 ? new PoolName($"p{random.Next(4)}") : null,
            CreatedAt = DateTimeOffset.UnixEpoch.AddSeconds(random.Next(4)),
        };
    }

    private static InetAddress RandomAddress(Random random) => random.Next(4) == 0
        ? new(IpFamily.IPv6, (UInt128)random.Next(12))
        : new(IpFamily.IPv4, (UInt128)(250 + random.Next(24)));

    private static LoadBalancerConfiguration RandomConfiguration(Random random)
    {
        // A cut of the small world into ranges, dealt to a few pools in any order: nothing overlaps.
        var ranges = new List<InetRange>();
        foreach (var (family, first, last) in new[] { (IpFamily.IPv4, 250, 270), (IpFamily.IPv6, 0, 9) })
        {
            for (var at = first; at <= last;)
            {
                var end = Math.Min(last, at + random.Next(8));
                if (random.Next(6) > 0)
                    ranges.Add(new(new(family, (UInt128)at), new(family, (UInt128)end)));
                at = end + 1;
            }
        }

        var dealt = ranges.GroupBy(_ => random.Next(4)).OrderBy(_ => random.Next());
        return new()
        {
            Pools = [.. dealt.Select(hand => new AddressPool(new($"p{hand.Key}"))
            {
                Addresses = [.. hand.OrderBy(_ => random.Next())],
                AutoAssign = random.Next(4) > 0,
                AvoidBuggyIps = random.Next(3) == 0,
                ReuseAfter = TimeSpan.FromSeconds(random.Next(3) * 20),
            })],
        };
    }

    private sealed class Model
    {
        private readonly List<(InetAddress Address, ServiceKey Owner, Instant ReleasedAt)> _resting = [];
        private EquatableArray<AddressPool> _pools;

        public Dictionary<ServiceKey, (InetAddress Address, PoolName? Wanted)> Holdings { get; } = [];

        public AddressPool? PoolOf(InetAddress address) => PoolOf(address, _pools);

        public AddressCount Count(PoolName name, IpFamily family)
        {
            var all = Usable(_pools.Single(pool => pool.Name == name), family).ToArray();
            return new((UInt128)all.Length, (UInt128)all.Count(address => Holdings.Values.Any(holding => holding.Address == address)));
        }

        public IEnumerable<(ServiceKey, InetAddress)> LostUnder(LoadBalancerConfiguration next) => Holdings
            .Where(entry => PoolOf(entry.Value.Address, next.Pools) is not { } pool
                || !Usable(pool, entry.Value.Address.Family).Contains(entry.Value.Address)
                || (entry.Value.Wanted is { } wanted && wanted != pool.Name))
            .OrderBy(entry => entry.Key)
            .Select(entry => (entry.Key, entry.Value.Address));

        public void Wake(Instant now) => _resting.RemoveAll(entry => entry.ReleasedAt + PoolOf(entry.Address)!.ReuseAfter <= now);

        public void Configure(LoadBalancerConfiguration next)
        {
            var resting = _resting.OrderBy(entry => entry.ReleasedAt).ThenBy(entry => entry.Address).ToArray();
            _resting.Clear();
            _resting.AddRange(resting);
            _pools = next.Pools;
            foreach (var (key, holding) in Holdings.ToArray())
            {
                if (PoolOf(holding.Address) is not { } pool || !Usable(pool, holding.Address.Family).Contains(holding.Address))
                    Holdings.Remove(key);
            }

            _resting.RemoveAll(entry => PoolOf(entry.Address) is not { } pool || !Usable(pool, entry.Address.Family).Contains(entry.Address));
        }

        public InetAddress? Release(ServiceKey key, Instant now)
        {
            if (!Holdings.Remove(key, out var holding))
                return null;
            _resting.Add((holding.Address, key, now));
            return holding.Address;
        }

        public (InetAddress?, AllocationReason, ReleaseReason?) Allocate(AllocationRequest request, Instant now) => AllocateAll([request], now)[0];

        public IReadOnlyList<(InetAddress?, AllocationReason, ReleaseReason?)> AllocateAll(IReadOnlyList<AllocationRequest> requests, Instant now)
        {
            var byAge = requests.OrderBy(request => request.CreatedAt).ThenBy(request => request.Service).ToArray();
            var released = new Dictionary<ServiceKey, ReleaseReason>();
            var outcome = new Dictionary<ServiceKey, (InetAddress?, AllocationReason)>();
            foreach (var request in byAge)
            {
                if (Holdings.TryGetValue(request.Service, out var holding) && holding.Address != Current(request))
                {
                    Release(request.Service, now);
                    released[request.Service] = ReleaseReason.NotInStatus;
                }
            }

            foreach (var request in byAge)
            {
                if (Current(request) is not { } current)
                    continue;
                if (WhyNotKeep(request, current) is { } reason)
                {
                    Release(request.Service, now);
                    released[request.Service] = reason;
                }
                else
                {
                    Hold(request, current);
                }
            }

            foreach (var request in byAge)
            {
                if (!Holdings.ContainsKey(request.Service))
                {
                    var (address, reason) = Choose(request, now);
                    outcome[request.Service] = (address, reason);
                    if (address is null)
                        continue;
                    Hold(request, address.Value);
                }

                outcome[request.Service] = (Holdings[request.Service].Address, AllocationReason.Allocated);
            }

            return [.. requests.Select(request => (outcome[request.Service].Item1, outcome[request.Service].Item2,
                released.TryGetValue(request.Service, out var reason) ? reason : (ReleaseReason?)null))];
        }

        private void Hold(AllocationRequest request, InetAddress address)
        {
            _resting.RemoveAll(entry => entry.Address == address);
            Holdings[request.Service] = (address, request.RequestedPool);
        }

        private ReleaseReason? WhyNotKeep(AllocationRequest request, InetAddress current)
        {
            if (current.Family != request.Family)
                return ReleaseReason.FamilyChanged;
            if (request.RequestedAddress is { } wanted && wanted != current)
                return ReleaseReason.AddressRequestChanged;
            if (PoolOf(current) is not { } pool)
                return ReleaseReason.AddressNotInPool;
            if (!Usable(pool, current.Family).Contains(current))
                return ReleaseReason.AddressAvoided;
            if (request.RequestedPool is { } name && name != pool.Name)
                return ReleaseReason.PoolRequestChanged;
            return Holdings.Any(entry => entry.Key != request.Service && entry.Value.Address == current) ? ReleaseReason.AddressInUse : null;
        }

        private (InetAddress?, AllocationReason) Choose(AllocationRequest request, Instant now)
        {
            Wake(now);
            var used = Holdings.Values.Select(holding => holding.Address).ToHashSet();
            if (request.RequestedPool is { } unknown && _pools.All(pool => pool.Name != unknown))
                return (null, AllocationReason.PoolUnknown);
            if (request.RequestedAddress is { } wanted)
            {
                if (wanted.Family != request.Family)
                    return (null, AllocationReason.FamilyMismatch);
                if (PoolOf(wanted) is not { } pool)
                    return (null, AllocationReason.AddressNotInPool);
                if (request.RequestedPool is { } name && name != pool.Name)
                    return (null, AllocationReason.AddressNotInRequestedPool);
                if (!Usable(pool, wanted.Family).Contains(wanted))
                    return (null, AllocationReason.AddressAvoided);
                return used.Contains(wanted) ? (null, AllocationReason.AddressInUse) : (wanted, AllocationReason.Allocated);
            }

            var pools = request.RequestedPool is { } only ? _pools.Where(pool => pool.Name == only) : _pools.Where(pool => pool.AutoAssign);
            foreach (var pool in pools)
            {
                foreach (var address in Usable(pool, request.Family).Order())
                {
                    if (!used.Contains(address) && !_resting.Any(entry => entry.Address == address && entry.Owner != request.Service))
                        return (address, AllocationReason.Allocated);
                }
            }

            foreach (var pool in pools)
            {
                foreach (var entry in _resting)
                {
                    if (Usable(pool, request.Family).Contains(entry.Address))
                        return (entry.Address, AllocationReason.Allocated);
                }
            }

            return (null, pools.Any(pool => Usable(pool, request.Family).Any()) ? AllocationReason.PoolExhausted : AllocationReason.NoMatchingPool);
        }

        private static InetAddress? Current(AllocationRequest request)
        {
            var ofFamily = request.Current.Where(address => address.Family == request.Family).Concat(request.Current).ToArray();
            return ofFamily.Length > 0 ? ofFamily[0] : null;
        }

        private static AddressPool? PoolOf(InetAddress address, EquatableArray<AddressPool> pools) => pools.SingleOrDefault(pool => pool.Contains(address));

        private static IEnumerable<InetAddress> Usable(AddressPool pool, IpFamily family)
        {
            foreach (var range in pool.Addresses.Where(range => range.Family == family))
            {
                for (var value = range.First.Value; value <= range.Last.Value; value++)
                {
                    if (!pool.AvoidBuggyIps || family == IpFamily.IPv6 || (value % 256 != 0 && value % 256 != 255))
                        yield return new(family, value);
                }
            }
        }
    }
}
