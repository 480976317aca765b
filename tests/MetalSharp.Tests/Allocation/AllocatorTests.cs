using MetalSharp.Allocation;
using MetalSharp.Configuration;
using MetalSharp.Net;

namespace MetalSharp.Tests.Allocation;

public sealed class AllocatorTests
{
    private static readonly Instant Start = new(TimeSpan.FromHours(1));

    private readonly Allocator _allocator = new();
    private Instant _now = Start;

    [Fact]
    public void The_lowest_free_address_of_the_first_pool_comes_first()
    {
        Configure(Pool("b", "10.0.1.5-10.0.1.6", "10.0.0.9-10.0.0.9"), Pool("a", "10.0.0.0-10.0.0.3"));
        Assert.Equal(["10.0.0.9", "10.0.1.5", "10.0.1.6", "10.0.0.0"], Names(4).Select(name => Granted(Request(name)).Address.ToString()));
        Assert.Equal("a", _allocator.Find(Key("s4"))?.Pool.Value);
    }

    [Fact]
    public void Nothing_is_decided_without_a_configuration()
    {
        var refused = Refused(Request("web") with { Current = [Ip("10.0.0.1")] });
        Assert.Equal(AllocationReason.NoConfiguration, refused.Reason);
        Assert.Null(refused.Released);
    }

    [Fact]
    public void A_service_without_pools_to_choose_from_is_told_so()
    {
        Configure();
        var refused = Refused(Request("web"));
        Assert.Equal((AllocationReason.NoMatchingPool, "no pools are configured"), (refused.Reason, refused.Message));
    }

    [Fact]
    public void An_exhausted_pool_is_named_with_its_figures_and_the_others_with_their_reasons()
    {
        Configure(Pool("lab", "10.0.0.0-10.0.0.1"), Pool("prod", "10.1.0.0-10.1.0.9") with { AutoAssign = false }, Pool("six", "fd00::-fd00::1"));
        Granted(Request("a"));
        Granted(Request("b"));
        var refused = Refused(Request("c"));
        Assert.Equal(AllocationReason.PoolExhausted, refused.Reason);
        Assert.Equal("pool lab: 2 of 2 in use; pool prod: auto-assign is off; pool six: no IPv4 addresses", refused.Message);
    }

    [Fact]
    public void Pools_that_never_fit_are_not_called_exhausted()
    {
        Configure(Pool("prod", "10.1.0.0-10.1.0.9") with { AutoAssign = false }, Pool("six", "fd00::-fd00::1"));
        Assert.Equal(AllocationReason.NoMatchingPool, Refused(Request("c")).Reason);
    }

    [Fact]
    public void A_pool_with_addresses_that_are_all_avoided_is_not_called_exhausted()
    {
        Configure(Pool("odd", "10.0.0.255-10.0.1.0") with { AvoidBuggyIps = true });
        var refused = Refused(Request("c"));
        Assert.Equal(AllocationReason.NoMatchingPool, refused.Reason);
        Assert.Equal("pool odd: all its addresses are avoided (avoid-buggy-ips)", refused.Message);
    }

    [Fact]
    public void A_refusal_stays_short_however_many_pools_there_are()
    {
        Configure([.. Enumerable.Range(0, 500).Select(n => Pool($"p{n}", $"10.{n / 250}.{n % 250}.0-10.{n / 250}.{n % 250}.9") with { AutoAssign = false })]);
        Assert.EndsWith("and 490 more", Refused(Request("c")).Message);
        Assert.InRange(Refused(Request("c") with { RequestedAddress = Ip("1.1.1.1") }).Message.Length, 1, 1000);
    }

    [Fact]
    public void Each_family_has_its_own_addresses()
    {
        Configure(Pool("both", "10.0.0.1-10.0.0.1", "fd00::5-fd00::6"));
        Assert.Equal("fd00::5", Granted(Request("six") with { Family = IpFamily.IPv6 }).Address.ToString());
        Assert.Equal("10.0.0.1", Granted(Request("four")).Address.ToString());
    }

    [Fact]
    public void A_pool_asked_for_gives_although_it_does_not_assign_by_itself()
    {
        Configure(Pool("lab", "10.0.0.0-10.0.0.1"), Pool("prod", "10.1.0.0-10.1.0.0") with { AutoAssign = false });
        Assert.Equal("10.1.0.0", Granted(Request("a") with { RequestedPool = new("prod") }).Address.ToString());
        var refused = Refused(Request("b") with { RequestedPool = new("prod") });
        Assert.Equal((AllocationReason.PoolExhausted, "pool prod: 1 of 1 in use"), (refused.Reason, refused.Message));
    }

    [Theory]
    [InlineData("prd", "no pool is called \"prd\": did you mean \"prod\"?")]
    [InlineData("LAB", "no pool is called \"LAB\": did you mean \"lab\"?")]
    [InlineData("elsewhere", "no pool is called \"elsewhere\": the pools are lab, prod")]
    public void An_unknown_pool_is_answered_with_near_names(string written, string message)
    {
        Configure(Pool("lab", "10.0.0.0-10.0.0.1"), Pool("prod", "10.1.0.0-10.1.0.9"));
        var refused = Refused(Request("a") with { RequestedPool = new(written) });
        Assert.Equal((AllocationReason.PoolUnknown, message), (refused.Reason, refused.Message));
    }

    [Fact]
    public void A_requested_address_is_given_from_whatever_pool_has_it()
    {
        Configure(Pool("lab", "10.0.0.0-10.0.0.1"), Pool("prod", "10.1.0.0-10.1.0.9") with { AutoAssign = false });
        Assert.Equal(new(Ip("10.1.0.7"), new("prod")), Granted(Request("a") with { RequestedAddress = Ip("10.1.0.7") }));
    }

    [Theory]
    [InlineData("10.9.9.9", null, AllocationReason.AddressNotInPool, "10.9.9.9 is in no pool; pool lab has 10.0.0.0-10.0.0.9, fd00::1; pool prod has 10.1.0.0-10.1.1.9")]
    [InlineData("10.0.0.3", null, AllocationReason.AddressInUse, "10.0.0.3 is in use by default/other")]
    [InlineData("fd00::1", null, AllocationReason.FamilyMismatch, "fd00::1 is IPv6, but the Service is IPv4")]
    [InlineData("10.0.0.4", "prod", AllocationReason.AddressNotInRequestedPool, "10.0.0.4 is in pool lab, but the Service asks for pool prod")]
    [InlineData("10.1.0.255", null, AllocationReason.AddressAvoided, "10.1.0.255 ends in .0 or .255, which pool prod avoids (avoid-buggy-ips)")]
    [InlineData("10.1.1.0", "prod", AllocationReason.AddressAvoided, "10.1.1.0 ends in .0 or .255, which pool prod avoids (avoid-buggy-ips)")]
    public void A_requested_address_that_cannot_be_given_is_refused_with_the_reason(string address, string? pool, AllocationReason reason, string message)
    {
        Configure(Pool("lab", "10.0.0.0-10.0.0.9", "fd00::1-fd00::1"), Pool("prod", "10.1.0.0-10.1.1.9") with { AvoidBuggyIps = true });
        Granted(Request("other") with { RequestedAddress = Ip("10.0.0.3") });
        var refused = Refused(Request("web") with { RequestedAddress = Ip(address), RequestedPool = pool is null ? null : new PoolName(pool) });
        Assert.Equal((reason, message), (refused.Reason, refused.Message));
    }

    [Fact]
    public void Avoided_addresses_are_passed_over()
    {
        Configure(Pool("lab", "10.0.0.254-10.0.1.1", "fd00::ff-fd00::100") with { AvoidBuggyIps = true });
        Assert.Equal(["10.0.0.254", "10.0.1.1"], Names(2).Select(name => Granted(Request(name)).Address.ToString()));
        Refused(Request("more"));
        Assert.Equal("fd00::ff", Granted(Request("six") with { Family = IpFamily.IPv6 }).Address.ToString());
    }

    [Fact]
    public void What_the_status_shows_is_kept()
    {
        Configure(Pool("lab", "10.0.0.0-10.0.0.9"), Pool("prod", "10.1.0.0-10.1.0.9") with { AutoAssign = false });
        var decision = _allocator.Allocate(Request("web") with { Current = [Ip("10.1.0.5")] }, _now);
        Assert.Equal("10.1.0.5", Assert.IsType<AllocationDecision.Granted>(decision).Allocation.Address.ToString());
        Assert.Null(decision.Released);
    }

    [Theory]
    [InlineData("10.9.9.9", null, null, ReleaseReason.AddressNotInPool)]
    [InlineData("fd00::1", null, null, ReleaseReason.FamilyChanged)]
    [InlineData("10.0.0.3", null, null, ReleaseReason.AddressInUse)]
    [InlineData("10.0.0.4", "10.0.0.5", null, ReleaseReason.AddressRequestChanged)]
    [InlineData("10.0.0.4", null, "prod", ReleaseReason.PoolRequestChanged)]
    [InlineData("10.1.0.255", null, null, ReleaseReason.AddressAvoided)]
    public void What_the_status_shows_and_may_not_be_kept_is_replaced_with_a_reason(string current, string? address, string? pool, ReleaseReason reason)
    {
        Configure(Pool("lab", "10.0.0.0-10.0.0.9", "fd00::1-fd00::1"), Pool("prod", "10.1.0.0-10.1.1.9") with { AvoidBuggyIps = true });
        Granted(Request("other") with { RequestedAddress = Ip("10.0.0.3") });
        var request = Request("web") with
        {
            Current = [Ip(current)],
            RequestedAddress = address is null ? null : Ip(address),
            RequestedPool = pool is null ? null : new PoolName(pool),
        };
        var decision = _allocator.Allocate(request, _now);
        Assert.Equal(reason, decision.Released?.Reason);
        Assert.Equal(Ip(current), decision.Released?.Address);
        Assert.NotEqual(Ip(current), Assert.IsType<AllocationDecision.Granted>(decision).Allocation.Address);
    }

    [Fact]
    public void Of_several_addresses_in_a_status_the_one_of_the_family_is_kept()
    {
        Configure(Pool("both", "10.0.0.0-10.0.0.9", "fd00::-fd00::9"));
        Assert.Equal("fd00::7", Granted(Request("six") with { Family = IpFamily.IPv6, Current = [Ip("10.0.0.4"), Ip("fd00::7")] }).Address.ToString());
    }

    [Fact]
    public void A_service_whose_new_request_cannot_be_met_gives_up_what_it_had()
    {
        Configure(Pool("lab", "10.0.0.0-10.0.0.9"));
        Granted(Request("web"));
        var refused = Refused(Request("web") with { Current = [Ip("10.0.0.0")], RequestedAddress = Ip("10.9.9.9") });
        Assert.Equal((AllocationReason.AddressNotInPool, ReleaseReason.AddressRequestChanged), (refused.Reason, refused.Released?.Reason));
        Assert.Null(_allocator.Find(Key("web")));
    }

    [Fact]
    public void Existing_addresses_are_claimed_before_new_ones_are_given_out()
    {
        Configure(Pool("lab", "10.0.0.0-10.0.0.9"));
        var decisions = _allocator.AllocateAll(
            [Request("new", age: 9), Request("old", age: 1) with { Current = [Ip("10.0.0.0")] }, Request("wants", age: 8) with { RequestedAddress = Ip("10.0.0.0") }],
            _now);
        Assert.Equal("10.0.0.1", Assert.IsType<AllocationDecision.Granted>(decisions[0]).Allocation.Address.ToString());
        Assert.Equal("10.0.0.0", Assert.IsType<AllocationDecision.Granted>(decisions[1]).Allocation.Address.ToString());
        Assert.Equal("10.0.0.0 is in use by default/old", Assert.IsType<AllocationDecision.Refused>(decisions[2]).Message);
    }

    [Theory]
    [InlineData(2, 1, "b")]
    [InlineData(1, 2, "a")]
    [InlineData(1, 1, "a")]
    public void Of_two_services_with_one_address_the_older_keeps_it(int ageOfA, int ageOfB, string keeper)
    {
        Configure(Pool("lab", "10.0.0.0-10.0.0.9"));
        // A larger number is a later creation.
        AllocationRequest[] requests =
        [
            Request("a") with { CreatedAt = DateTimeOffset.UnixEpoch.AddDays(ageOfA), Current = [Ip("10.0.0.5")] },
            Request("b") with { CreatedAt = DateTimeOffset.UnixEpoch.AddDays(ageOfB), Current = [Ip("10.0.0.5")] },
        ];
        foreach (var order in new[] { requests, [.. requests.Reverse()] })
        {
            var allocator = new Allocator();
            allocator.Configure(_allocator.Configuration!, _now);
            var other = allocator.AllocateAll(order, _now).Single(decision => decision.Service != Key(keeper));
            Assert.Equal(Key(keeper), allocator.OwnerOf(Ip("10.0.0.5")));
            Assert.Equal($"10.0.0.5 is in use by default/{keeper}", other.Released?.Message);
            Assert.Equal("10.0.0.0", allocator.Find(other.Service)?.Address.ToString());
        }
    }

    [Fact]
    public void Two_services_that_ask_for_each_others_address_swap()
    {
        Configure(Pool("lab", "10.0.0.0-10.0.0.1"));
        Granted(Request("a"));
        Granted(Request("b"));
        var decisions = _allocator.AllocateAll(
            [
                Request("a") with { Current = [Ip("10.0.0.0")], RequestedAddress = Ip("10.0.0.1") },
                Request("b") with { Current = [Ip("10.0.0.1")], RequestedAddress = Ip("10.0.0.0") },
            ],
            _now);
        Assert.All(decisions, decision => Assert.IsType<AllocationDecision.Granted>(decision));
        Assert.Equal(Key("b"), _allocator.OwnerOf(Ip("10.0.0.0")));
    }

    [Fact]
    public void Waiting_services_are_served_by_age_then_by_key()
    {
        Configure(Pool("lab", "10.0.0.0-10.0.0.1"));
        var decisions = _allocator.AllocateAll([Request("c", age: 1), Request("b", age: 1), Request("a", age: 0)], _now);
        Assert.Equal([false, true, true], decisions.Select(decision => decision is AllocationDecision.Granted));
        Assert.Equal(["c", "b", "a"], decisions.Select(decision => decision.Service.Name));
    }

    [Fact]
    public void A_released_address_rests_before_another_service_gets_it()
    {
        Configure(Pool("lab", "10.0.0.0-10.0.0.9"));
        Granted(Request("a"));
        Assert.Equal(Ip("10.0.0.0"), _allocator.Release(Key("a"), _now));
        Assert.Equal("10.0.0.1", Granted(Request("b")).Address.ToString());
        _now += TimeSpan.FromSeconds(59.999);
        Assert.Equal("10.0.0.2", Granted(Request("c")).Address.ToString());
        _now += TimeSpan.FromSeconds(0.001);
        Assert.Equal("10.0.0.0", Granted(Request("d")).Address.ToString());
    }

    [Fact]
    public void The_same_service_takes_its_resting_address_back_at_once()
    {
        Configure(Pool("lab", "10.0.0.0-10.0.0.9"));
        Granted(Request("a"));
        _allocator.Release(Key("a"), _now);
        Assert.Equal("10.0.0.0", Granted(Request("a")).Address.ToString());
    }

    [Fact]
    public void A_resting_address_is_given_to_who_asks_for_it()
    {
        Configure(Pool("lab", "10.0.0.0-10.0.0.9"));
        Granted(Request("a"));
        _allocator.Release(Key("a"), _now);
        Assert.Equal("10.0.0.0", Granted(Request("b") with { RequestedAddress = Ip("10.0.0.0") }).Address.ToString());
        Assert.Equal("10.0.0.1", Granted(Request("a")).Address.ToString());
    }

    [Fact]
    public void When_nothing_else_is_free_the_address_that_rests_longest_is_used()
    {
        Configure(Pool("lab", "10.0.0.0-10.0.0.1"), Pool("next", "10.0.1.0-10.0.1.0"));
        foreach (var name in Names(3))
            Granted(Request(name));
        _allocator.Release(Key("s2"), _now);
        _now += TimeSpan.FromSeconds(1);
        _allocator.Release(Key("s1"), _now);
        _allocator.Release(Key("s3"), _now);
        Assert.Equal("10.0.0.1", Granted(Request("x")).Address.ToString());
        Assert.Equal("10.0.0.0", Granted(Request("y")).Address.ToString());
        Assert.Equal("10.0.1.0", Granted(Request("z")).Address.ToString());
        Refused(Request("w"));
    }

    [Fact]
    public void A_free_address_of_a_later_pool_comes_before_a_resting_one()
    {
        Configure(Pool("lab", "10.0.0.0-10.0.0.0"), Pool("next", "10.0.1.0-10.0.1.0"));
        Granted(Request("a"));
        _allocator.Release(Key("a"), _now);
        Assert.Equal("10.0.1.0", Granted(Request("b")).Address.ToString());
    }

    [Fact]
    public void A_pool_without_rest_gives_a_released_address_away_at_once()
    {
        Configure(Pool("lab", "10.0.0.0-10.0.0.9") with { ReuseAfter = TimeSpan.Zero });
        Granted(Request("a"));
        _allocator.Release(Key("a"), _now);
        Assert.Equal("10.0.0.0", Granted(Request("b")).Address.ToString());
    }

    [Fact]
    public void Releasing_what_was_never_given_is_nothing()
    {
        Configure(Pool("lab", "10.0.0.0-10.0.0.9"));
        Assert.Null(_allocator.Release(Key("a"), _now));
        Assert.Equal(UInt128.Zero, _allocator.Usage().Single().Both.InUse);
    }

    [Fact]
    public void A_status_that_somebody_emptied_is_the_truth()
    {
        Configure(Pool("lab", "10.0.0.0-10.0.0.9"));
        Granted(Request("a"));
        var decision = _allocator.Allocate(Request("a"), _now);
        Assert.Equal(ReleaseReason.NotInStatus, decision.Released?.Reason);
        Assert.Equal("10.0.0.0", Assert.IsType<AllocationDecision.Granted>(decision).Allocation.Address.ToString());
        Assert.Equal(1, _allocator.Count);
    }

    [Fact]
    public void A_renamed_pool_takes_its_allocations_along()
    {
        Configure(Pool("lab", "10.0.0.0-10.0.0.9"));
        Granted(Request("a"));
        var renamed = Configuration(Pool("test", "10.0.0.0-10.0.0.3"), Pool("rest", "10.0.0.4-10.0.0.9"));
        Assert.Empty(_allocator.CheckCompatible(renamed));
        _allocator.Configure(renamed, _now);
        var decision = _allocator.Allocate(Request("a") with { Current = [Ip("10.0.0.0")] }, _now);
        Assert.Null(decision.Released);
        Assert.Equal("test", Assert.IsType<AllocationDecision.Granted>(decision).Allocation.Pool.Value);
        Assert.Equal([UInt128.One, UInt128.Zero], _allocator.Usage().Select(usage => usage.IPv4.InUse));
    }

    [Fact]
    public void A_configuration_that_takes_addresses_away_names_who_would_lose_them()
    {
        Configure(Pool("lab", "10.0.0.0-10.0.0.9"), Pool("named", "10.1.0.0-10.1.0.9"));
        Granted(Request("z") with { RequestedAddress = Ip("10.0.0.8") });
        Granted(Request("b") with { RequestedPool = new("named") });
        Granted(Request("c"));
        Granted(Request("d"));
        var lost = _allocator.CheckCompatible(Configuration(Pool("lab", "10.0.0.0-10.0.0.7") with { AvoidBuggyIps = true }, Pool("renamed", "10.1.0.0-10.1.0.9")));
        Assert.Equal(
            [
                new(Key("b"), Ip("10.1.0.0"), ReleaseReason.PoolRequestChanged, "no pool is called \"named\": the pools are lab, renamed"),
                new(Key("c"), Ip("10.0.0.0"), ReleaseReason.AddressAvoided, "10.0.0.0 ends in .0 or .255, which pool lab avoids (avoid-buggy-ips)"),
                new LostAddress(Key("z"), Ip("10.0.0.8"), ReleaseReason.AddressNotInPool, "10.0.0.8 is in no pool; pool lab has 10.0.0.0-10.0.0.7; pool renamed has 10.1.0.0-10.1.0.9"),
            ],
            lost);
        Assert.Equal(4, _allocator.Count);
    }

    [Fact]
    public void A_configuration_put_in_force_anyway_releases_what_it_does_not_allow()
    {
        Configure(Pool("lab", "10.0.0.0-10.0.0.9"));
        Granted(Request("a"));
        Granted(Request("b"));
        Configure(Pool("lab", "10.0.0.1-10.0.0.9"));
        Assert.Null(_allocator.OwnerOf(Ip("10.0.0.0")));
        var decision = _allocator.Allocate(Request("a") with { Current = [Ip("10.0.0.0")] }, _now);
        Assert.Equal(ReleaseReason.AddressNotInPool, decision.Released?.Reason);
        Assert.Equal("10.0.0.2", Assert.IsType<AllocationDecision.Granted>(decision).Allocation.Address.ToString());
    }

    [Fact]
    public void Rest_goes_on_over_a_change_of_the_configuration_for_as_long_as_the_pool_says_now()
    {
        Configure(Pool("lab", "10.0.0.0-10.0.0.9"));
        foreach (var name in Names(3))
            Granted(Request(name));
        _allocator.Release(Key("s1"), _now);
        _now += TimeSpan.FromSeconds(5);
        _allocator.Release(Key("s2"), _now);
        Configure(Pool("test", "10.0.0.0-10.0.0.9") with { ReuseAfter = TimeSpan.FromSeconds(20) });
        Assert.Equal("10.0.0.3", Granted(Request("x")).Address.ToString());
        _now += TimeSpan.FromSeconds(15);
        Assert.Equal("10.0.0.0", Granted(Request("y")).Address.ToString());
        Assert.Equal("10.0.0.4", Granted(Request("z")).Address.ToString());
    }

    [Theory]
    [InlineData(false, "256", "10.0.0.0/24")]
    [InlineData(true, "254", "10.0.0.0/24")]
    [InlineData(true, "381", "10.0.0.0/24", "10.1.0.128/25")]
    [InlineData(false, "16777216", "10.0.0.0/8")]
    [InlineData(true, "16646144", "10.0.0.0/8")]
    [InlineData(true, "4261412864", "0.0.0.0/0")]
    [InlineData(true, "18446744073709551616", "fd00::/64")]
    [InlineData(false, "340282366920938463463374607431768211455", "::/0")]
    [InlineData(true, "0", "10.0.0.255/32", "10.0.3.0/32")]
    [InlineData(true, "1", "10.0.0.255/32", "10.0.1.0/31")]
    public void Totals_are_exact(bool avoid, string total, params string[] prefixes)
    {
        var pool = new AddressPool(new("p")) { Addresses = [.. prefixes.Select(text => InetPrefix.Parse(text).Range)], AvoidBuggyIps = avoid };
        Configure(pool);
        Assert.Equal(UInt128.Parse(total, null), _allocator.Usage().Single().Both.Total);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_pool_takes_no_memory_for_its_size(bool avoid)
    {
        Configure(Pool("warm", "192.0.2.0-192.0.2.9"));
        var before = GC.GetAllocatedBytesForCurrentThread();
        Configure(Pool("huge", "0.0.0.0-255.255.255.255", "::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff") with { AvoidBuggyIps = avoid });
        Granted(Request("web"));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 20_000);
    }

    [Fact]
    public void The_last_addresses_of_both_families_can_be_given_out()
    {
        Configure(Pool("end", "255.255.255.254-255.255.255.255", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"));
        foreach (var family in new[] { IpFamily.IPv4, IpFamily.IPv6 })
        {
            Granted(Request("a") with { Family = family });
            Granted(Request("b") with { Family = family });
            Refused(Request("c") with { Family = family });
            _allocator.Release(Key("a"), _now);
            _allocator.Release(Key("b"), _now);
        }
    }

    private void Configure(params AddressPool[] pools) => _allocator.Configure(Configuration(pools), _now);

    private AllocatedAddress Granted(AllocationRequest request) =>
        Assert.IsType<AllocationDecision.Granted>(_allocator.Allocate(request, _now)).Allocation;

    private AllocationDecision.Refused Refused(AllocationRequest request) =>
        Assert.IsType<AllocationDecision.Refused>(_allocator.Allocate(request, _now));

    private static LoadBalancerConfiguration Configuration(params AddressPool[] pools) => new() { Pools = [.. pools] };

    private static AddressPool Pool(string name, params string[] ranges) => new(new PoolName(name))
    {
        Addresses = [.. ranges.Select(range => new InetRange(Ip(range.Split('-')[0]), Ip(range.Split('-')[1])))],
    };

    private static AllocationRequest Request(string name, int age = 0) =>
        new(Key(name), IpFamily.IPv4) { CreatedAt = DateTimeOffset.UnixEpoch.AddMinutes(age) };

    private static IEnumerable<string> Names(int count) => Enumerable.Range(1, count).Select(n => $"s{n}");

    private static ServiceKey Key(string name) => new("default", name);

    private static InetAddress Ip(string text) => InetAddress.Parse(text);
}
