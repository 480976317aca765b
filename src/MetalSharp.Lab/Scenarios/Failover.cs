using System.Diagnostics;
using System.Net;
using MetalSharp.Lab.Network;
using MetalSharp.Lab.Nodes;

namespace MetalSharp.Lab.Scenarios;

/// <summary>The node that announces an address fails in each of the ways it can; how long until the next one answers?</summary>
internal sealed class Failover : Scenario
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    public override string Name => "failover";

    public override string Description => "the announcing node fails (kill -9, SIGTERM, cable pulled): time to the next one's first ARP answer";

    public override int Runs => 10;

    public override async Task RunAsync(ScenarioRun run)
    {
        var address = await run.ServePageAsync();
        using var probe = ArpProbe.Start(run.LanClient, address);
        var owner = await run.OwnerAtRestAsync(probe, $"{address}");
        run.Say($"{address} is announced by {owner.Name}.");

        var file = Path.Combine(run.Lab.LogFolder, "takeover.pcap");
        using (await Capture.StartAsync(run.Lab.Network.Lan, file, run.Stop))
            await FailAsync(run, probe, address, "kill -9", Kill(run, Signal.Kill));
        await ExpectNoMalformedFrameAsync(run, address, file);

        await RepeatAsync(run, probe, address, "SIGTERM", Kill(run, Signal.Terminate), 20, 50);
        await RepeatAsync(run, probe, address, "kill -9", Kill(run, Signal.Kill), 150, 400);
        // Silence is all there is to go by. The heartbeats of today notice it in a second; gossip is to do it in half of that.
        await RepeatAsync(run, probe, address, "cable pulled", Unplug(run), 1200, 1500);
    }

    private static async Task RepeatAsync(ScenarioRun run, ArpProbe probe, IPAddress address, string name, Fault fault, double p50, double p99)
    {
        var outcomes = new List<Outcome>();
        for (var n = 0; n < run.Settings.Runs; n++)
            outcomes.Add(await FailAsync(run, probe, address, name, fault));
        run.Measure(Measurement.Of($"{name}: to the next owner's first answer", "ms", outcomes.Select(o => o.Takeover), p50, p99));
        run.Measure(Measurement.Of($"{name}: to the next page", "ms", outcomes.Select(o => o.Page)));
        run.Measure(Measurement.Of($"{name}: both answer", "ms", outcomes.Select(o => o.Both)));
    }

    private static async Task<Outcome> FailAsync(ScenarioRun run, ArpProbe probe, IPAddress address, string name, Fault fault)
    {
        var owner = await run.OwnerAtRestAsync(probe, $"{address} before {name}");
        run.Expect(await run.FetchAsync(run.LanClient, address) is not null, $"{address} gives no page before {name}");

        var started = Stopwatch.GetTimestamp();
        var repair = await fault(owner);
        var page = FirstPageAsync(run, address, started);
        var answer = await probe.FirstAsync(started, a => a.Mac.ToString() != owner.Host.MacAddress, Patience, run.Stop);
        run.Expect(answer is not null, $"{name} of {owner.Name}: nobody else answered for {address} within {Patience.TotalSeconds} s");
        var pageTime = await page;
        await run.OwnerAtRestAsync(probe, $"{address} after {name}");
        var lastOfOld = probe.Since(started).LastOrDefault(a => a.Mac.ToString() == owner.Host.MacAddress);
        var both = lastOfOld.Time > answer!.Value.Time ? Stopwatch.GetElapsedTime(answer.Value.Time, lastOfOld.Time).TotalMilliseconds : 0;

        await repair();
        await run.WaitForSpeakersAsync();
        await run.UntilOwnerAsync(probe, owner, $"{owner.Name} does not take {address} back");
        return new(Stopwatch.GetElapsedTime(started, answer.Value.Time).TotalMilliseconds, pageTime.TotalMilliseconds, both);
    }

    private static async Task<TimeSpan> FirstPageAsync(ScenarioRun run, IPAddress address, long since)
    {
        while (await Page.FetchAsync(run.LanClient, new(address, 80), TimeSpan.FromMilliseconds(100), run.Stop) is null)
            run.Expect(Stopwatch.GetElapsedTime(since) < Patience, $"{address} gives no page within {Patience.TotalSeconds} s of the fault");
        return Stopwatch.GetElapsedTime(since);
    }

    private static async Task ExpectNoMalformedFrameAsync(ScenarioRun run, IPAddress address, string file)
    {
        if (!Tool.Exists("tshark"))
        {
            run.Say("  (tshark is not installed: the frames of a takeover are not looked at)");
            return;
        }
        async Task<int> CountAsync(string filter) =>
            (await Tool.RunAsync(["tshark", "-r", file, "-Y", filter, "-T", "fields", "-e", "frame.number"], stop: run.Stop)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Length;

        var malformed = await CountAsync("_ws.malformed");
        var gratuitous = await CountAsync($"arp.isgratuitous and arp.src.proto_ipv4 == {address}");
        run.Say($"  tshark on a takeover: {await CountAsync("arp")} ARP frames, {gratuitous} of them gratuitous for {address}, {malformed} malformed");
        run.Expect(malformed == 0, $"{malformed} malformed frames in the capture of a takeover");
        run.Expect(gratuitous > 0, $"no gratuitous ARP for {address} in the capture of a takeover");
    }

    private static Fault Kill(ScenarioRun run, Signal signal) => owner =>
    {
        var speaker = run.SpeakerOf(owner);
        speaker.HoldRestarts();
        speaker.Process!.Send(signal);
        return Task.FromResult<Func<Task>>(() =>
        {
            speaker.ReleaseRestarts();
            return Task.CompletedTask;
        });
    };

    private static Fault Unplug(ScenarioRun run) => async owner =>
    {
        await owner.Host.UnplugAsync(run.Stop);
        return () => owner.Host.PlugInAsync(run.Stop);
    };

    /// <summary>Breaks a node and gives what repairs it.</summary>
    private delegate Task<Func<Task>> Fault(LabNode owner);

    private sealed record Outcome(double Takeover, double Page, double Both);
}
