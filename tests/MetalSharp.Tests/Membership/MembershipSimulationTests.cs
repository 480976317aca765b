using MetalSharp.Membership;

namespace MetalSharp.Tests.Membership;

public sealed class MembershipSimulationTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(3)]
    [InlineData(8)]
    [InlineData(24)]
    public void Speakers_that_start_together_find_each_other_and_stay(int nodes)
    {
        var simulation = Simulation(nodes);
        simulation.StartAll();
        simulation.Run(TimeSpan.FromSeconds(3));
        Assert.True(simulation.AgreesWithReality());
        simulation.Run(TimeSpan.FromSeconds(20));
        Assert.True(simulation.AgreesWithReality());
        Assert.Empty(simulation.FalseDeaths);
    }

    [Fact]
    public void Speakers_that_start_together_never_think_themselves_alone()
    {
        var simulation = Simulation(5);
        simulation.StartAll();
        var sizes = new HashSet<int>();
        for (var i = 0; i < 300; i++)
        {
            simulation.Run(TimeSpan.FromMilliseconds(10));
            sizes.UnionWith(simulation.Speakers.Where(speaker => speaker.Live is not null).Select(speaker => speaker.Live!.Count));
        }

        Assert.Equal([5], sizes);
    }

    [Fact]
    public void A_killed_process_is_noticed_within_200_ms_and_a_lost_host_after_a_second()
    {
        Report("kill -9", (simulation, victim) => simulation.Kill(victim), TimeSpan.FromMilliseconds(200));
        Report("host gone", (simulation, victim) => simulation.CutOff(victim), HeartbeatMembership.DeadAfter + 2 * HeartbeatMembership.Interval);
    }

    [Fact]
    public void Sigterm_is_noticed_within_a_network_delay()
    {
        var simulation = Settled(5);
        simulation.Terminate(simulation.Speakers[0]);
        simulation.Run(TimeSpan.FromMilliseconds(3));
        Assert.True(simulation.AgreesWithReality());
        Assert.Empty(simulation.FalseDeaths);
    }

    [Fact]
    public void A_frozen_speaker_does_not_declare_the_others_dead_when_it_wakes()
    {
        var simulation = Settled(4);
        simulation.Freeze(simulation.Speakers[0], TimeSpan.FromSeconds(10));
        simulation.Run(TimeSpan.FromSeconds(9));
        Assert.Equal(3, simulation.Speakers[1].Live!.Count);
        for (var i = 0; i < 400; i++)
        {
            simulation.Run(TimeSpan.FromMilliseconds(10));
            Assert.Equal(4, simulation.Speakers[0].Live!.Count);
        }

        Assert.True(simulation.AgreesWithReality());
    }

    [Fact]
    public void Loss_of_a_fifth_of_all_datagrams_kills_nobody_in_minutes()
    {
        var simulation = Settled(5);
        simulation.Loss = 0.2;
        simulation.MaxDelay = TimeSpan.FromMilliseconds(80);
        simulation.Run(TimeSpan.FromMinutes(5));
        output.WriteLine($"false deaths in 5 minutes of 20 % loss and 80 ms jitter, 5 speakers: {simulation.FalseDeaths.Count}");
        // Ten heartbeats in a row must be lost: 20 observations, 3 000 heartbeats each, 1e-7.
        Assert.InRange(simulation.FalseDeaths.Count, 0, 1);
    }

    [Fact]
    public void After_any_number_of_mishaps_all_agree_once_there_is_rest()
    {
        for (var run = 0; run < 25; run++)
        {
            var random = Seeded();
            var simulation = new MembershipSimulation(random.Next(3, 9), random) { Loss = run % 3 == 0 ? 0.1 : 0, MaxDelay = TimeSpan.FromMilliseconds(random.Next(1, 60)) };
            var lossless = simulation.Loss == 0;
            simulation.StartAll();
            for (var i = 0; i < 30; i++)
            {
                simulation.Run(TimeSpan.FromMilliseconds(random.Next(1_500)));
                Mishap(simulation, random);
            }

            simulation.Loss = 0;
            foreach (var speaker in simulation.Speakers.Where(speaker => speaker.State == SpeakerState.Frozen))
                simulation.Kill(speaker);
            simulation.Run(TimeSpan.FromSeconds(5));
            Assert.True(simulation.AgreesWithReality(), $"run {run}");
            if (lossless)
                Assert.Empty(simulation.FalseDeaths);
        }
    }

    private static void Mishap(MembershipSimulation simulation, Random random)
    {
        var speaker = simulation.Speakers[random.Next(simulation.Speakers.Count)];
        switch (random.Next(5))
        {
            case 0 when speaker.State == SpeakerState.Running:
                simulation.Kill(speaker);
                break;
            case 1 when speaker.State == SpeakerState.Running:
                simulation.CutOff(speaker);
                break;
            case 2 when speaker.State == SpeakerState.Running:
                simulation.Freeze(speaker, TimeSpan.FromMilliseconds(random.Next(5_000)));
                break;
            case 3 when speaker.State == SpeakerState.Running:
                simulation.Terminate(speaker);
                break;
            case 4 when speaker.State is SpeakerState.Killed or SpeakerState.CutOff:
                simulation.Start(speaker);
                break;
        }
    }

    private void Report(string what, Action<MembershipSimulation, SimulatedSpeaker> strike, TimeSpan limit)
    {
        var times = new List<double>();
        for (var run = 0; run < 40; run++)
        {
            var random = new Random(run);
            var simulation = new MembershipSimulation(5, random);
            simulation.StartAll();
            simulation.Run(TimeSpan.FromMilliseconds(4_000 + random.Next(1_000)));
            var victim = simulation.Speakers[0];
            strike(simulation, victim);
            simulation.Run(TimeSpan.FromSeconds(3));
            Assert.True(simulation.AgreesWithReality());
            times.AddRange(victim.NoticedBy.Values.Select(noticed => (noticed - victim.Since).TotalMilliseconds));
        }

        times.Sort();
        output.WriteLine($"{what}: noticed after p50 {times[times.Count / 2]:F0} ms, p99 {times[times.Count * 99 / 100]:F0} ms, max {times[^1]:F0} ms ({times.Count} observations)");
        Assert.Equal(160, times.Count);
        Assert.InRange(times[^1], 0, limit.TotalMilliseconds);
    }

    private MembershipSimulation Simulation(int nodes) => new(nodes, Seeded());

    private MembershipSimulation Settled(int nodes)
    {
        var simulation = Simulation(nodes);
        simulation.StartAll();
        simulation.Run(TimeSpan.FromSeconds(5));
        Assert.True(simulation.AgreesWithReality());
        return simulation;
    }

    private Random Seeded()
    {
        var seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        return new(seed);
    }
}
