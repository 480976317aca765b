using MetalSharp.Layer2;
using MetalSharp.Net;

namespace MetalSharp.Tests.Layer2;

public sealed class GratuitousScheduleTests
{
    private static readonly Instant Start = new(TimeSpan.FromHours(1));
    private static readonly AddressOnInterface Vip = new(InetAddress.Parse("192.0.2.100"), 2);

    [Fact]
    public void Taking_over_announces_at_once_then_in_a_burst_then_slowly()
    {
        var schedule = new GratuitousSchedule(GratuitousTiming.Default);
        schedule.Start(Vip, Start);
        var rounds = Run(schedule, Start, Start + TimeSpan.FromMinutes(10)).Select(round => (round.At - Start).TotalSeconds).ToArray();
        Assert.Equal([0, 1, 2, 3, 4], rounds[..5]);
        // The first refresh has its place within one interval after the burst.
        Assert.InRange(rounds[5], 4, 64);
        Assert.All(rounds[6..].Zip(rounds[5..]), pair => Assert.Equal(60, pair.First - pair.Second, 0.001));
        Assert.InRange(rounds.Length, 5 + 9, 5 + 10);
    }

    [Fact]
    public void Losing_an_address_stops_at_once()
    {
        var schedule = new GratuitousSchedule(GratuitousTiming.Default);
        schedule.Start(Vip, Start);
        Assert.True(schedule.TryTake(Start, out _));
        schedule.Stop(Vip);
        Assert.Equal(Instant.Never, schedule.Deadline);
        Assert.False(schedule.TryTake(Start + TimeSpan.FromHours(1), out _));
        Assert.Equal(0, schedule.Count);
    }

    [Fact]
    public void An_address_that_comes_back_is_announced_as_if_new()
    {
        var schedule = new GratuitousSchedule(GratuitousTiming.Default);
        schedule.Start(Vip, Start);
        Assert.True(schedule.TryTake(Start, out _));
        schedule.Stop(Vip);
        var later = Start + TimeSpan.FromMilliseconds(10);
        schedule.Start(Vip, later);
        Assert.Equal(5, Run(schedule, later, later + TimeSpan.FromSeconds(4)).Count);
    }

    [Fact]
    public void Starting_again_while_held_starts_the_burst_again_and_doubles_nothing()
    {
        var schedule = new GratuitousSchedule(GratuitousTiming.Default);
        schedule.Start(Vip, Start);
        schedule.Start(Vip, Start);
        Assert.Single(Run(schedule, Start, Start));
        var later = Start + TimeSpan.FromSeconds(3);
        schedule.Start(Vip, later);
        Assert.Equal([0, 1, 2, 3, 4], Run(schedule, later, later + TimeSpan.FromSeconds(4)).Select(round => (round.At - later).TotalSeconds));
    }

    [Fact]
    public void Without_a_refresh_the_burst_is_all()
    {
        var schedule = new GratuitousSchedule(new GratuitousTiming(3, TimeSpan.FromSeconds(3), TimeSpan.Zero));
        schedule.Start(Vip, Start);
        Assert.Equal(3, Run(schedule, Start, Start + TimeSpan.FromHours(1)).Count);
        Assert.Equal(Instant.Never, schedule.Deadline);
        Assert.Equal(1, schedule.Count);
    }

    [Fact]
    public void Each_interface_has_its_own_burst()
    {
        var schedule = new GratuitousSchedule(GratuitousTiming.Default);
        schedule.Start(Vip, Start);
        var other = Vip with { InterfaceIndex = 3 };
        var later = Start + TimeSpan.FromSeconds(10);
        Run(schedule, Start, later);
        schedule.Start(other, later);
        Assert.Equal(5, Run(schedule, later, later + TimeSpan.FromSeconds(4)).Count(round => round.Address == other));
        schedule.Stop(other);
        Assert.True(schedule.Deadline < Instant.Never);
    }

    [Fact]
    public void A_thousand_addresses_taken_at_once_are_announced_at_once_and_refreshed_evenly()
    {
        var schedule = new GratuitousSchedule(GratuitousTiming.Default);
        var addresses = Enumerable.Range(0, 1_000)
            .Select(i => new AddressOnInterface(new InetAddress(IpFamily.IPv4, 0x0A00_0000u + (uint)i), 2))
            .ToArray();
        foreach (var address in addresses)
            schedule.Start(address, Start);

        Assert.Equal(addresses.ToHashSet(), Run(schedule, Start, Start).Select(round => round.Address).ToHashSet());
        Run(schedule, Start, Start + TimeSpan.FromSeconds(4));

        var refresh = Start + TimeSpan.FromSeconds(64);
        var perSecond = Run(schedule, Start + TimeSpan.FromSeconds(4), refresh)
            .CountBy(round => (int)(round.At - Start).TotalSeconds)
            .ToArray();
        Assert.Equal(1_000, perSecond.Sum(second => second.Value));
        Assert.All(perSecond, second => Assert.InRange(second.Value, 0, 2 * 1_000 / 60));
    }

    [Fact]
    public void A_pause_of_the_process_is_not_made_up_for_round_by_round()
    {
        var schedule = new GratuitousSchedule(GratuitousTiming.Default);
        schedule.Start(Vip, Start);
        Run(schedule, Start, Start + TimeSpan.FromSeconds(70));
        Assert.Single(Run(schedule, Start + TimeSpan.FromHours(2), Start + TimeSpan.FromHours(2)));
    }

    [Fact]
    public void Random_starts_and_stops_never_announce_what_is_not_held()
    {
        const int seed = 20261120;
        var random = new Random(seed);
        var schedule = new GratuitousSchedule(GratuitousTiming.Default);
        var held = new HashSet<AddressOnInterface>();
        var now = Start;
        for (var step = 0; step < 20_000; step++)
        {
            var address = new AddressOnInterface(new InetAddress(IpFamily.IPv4, (uint)random.Next(50)), random.Next(1, 4));
            switch (random.Next(4))
            {
                case 0:
                    schedule.Start(address, now);
                    held.Add(address);
                    break;
                case 1:
                    schedule.Stop(address);
                    held.Remove(address);
                    break;
                default:
                    now += TimeSpan.FromMilliseconds(random.Next(3_000));
                    while (schedule.TryTake(now, out var due))
                        Assert.True(held.Contains(due), $"seed {seed}, step {step}: {due} is not held");
                    break;
            }

            Assert.Equal(held.Count, schedule.Count);
            Assert.Equal(held.Count == 0, schedule.Deadline == Instant.Never);
        }
    }

    [Theory]
    [InlineData(0, 5, 60)]
    [InlineData(5, -1, 60)]
    [InlineData(5, 5, -1)]
    public void Timings_that_mean_nothing_are_refused(int rounds, int burst, int refresh) =>
        Assert.Throws<ArgumentOutOfRangeException>(
            () => new GratuitousTiming(rounds, TimeSpan.FromSeconds(burst), TimeSpan.FromSeconds(refresh)));

    private static List<(Instant At, AddressOnInterface Address)> Run(GratuitousSchedule schedule, Instant from, Instant until)
    {
        List<(Instant, AddressOnInterface)> rounds = [];
        while (Instant.Min(schedule.Deadline, until) is var now && schedule.TryTake(now < from ? from : now, out var address))
            rounds.Add((now, address));
        return rounds;
    }
}
