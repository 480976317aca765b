using System.Diagnostics;
using MetalSharp.Lab.Network;

namespace MetalSharp.Lab.Scenarios;

/// <summary>The API server is away. What is announced stays announced, by the same node; afterwards everything goes on.</summary>
internal sealed class ApiOutage : Scenario
{
    public override string Name => "api-outage";

    public override string Description => "the API server is stopped for --seconds: announcements go on without a gap, then all resumes";

    public override async Task RunAsync(ScenarioRun run)
    {
        var address = await run.ServePageAsync();
        using var probe = ArpProbe.Start(run.LanClient, address);
        var owner = await run.OwnerAtRestAsync(probe, $"{address}");

        run.Say($"{owner.Name} announces {address}. The API server stops for {run.Settings.Duration.TotalSeconds} s.");
        var started = Stopwatch.GetTimestamp();
        await run.Lab.Api.StopAsync();
        await Task.Delay(run.Settings.Duration, run.Stop);
        var page = await run.FetchAsync(run.LanClient, address);
        await run.Lab.Api.StartAsync(run.Stop);
        var back = Stopwatch.GetTimestamp();
        run.Expect(page is not null, "no page while the API server is away");

        var next = await run.ExposeAsync(ScenarioRun.BalancedService("next", "web"));
        run.Say($"It is back. A new Service gets {next}.");
        run.Measure(Measurement.Of("API server back: to the next address given", "ms", [Stopwatch.GetElapsedTime(back).TotalMilliseconds], 30_000));
        using (var second = ArpProbe.Start(run.LanClient, next))
            await run.OwnerAtRestAsync(second, $"{next}");

        var others = probe.Since(started).Where(a => a.Mac.ToString() != owner.Host.MacAddress).Select(a => a.Mac.ToString()).Distinct().ToList();
        run.Expect(others.Count == 0, $"{string.Join(" and ", others)} answered for {address}, which is {owner.Name}'s");
        run.Measure(Measurement.Of("longest silence of the announced address", "ms", [probe.LongestSilence(started, Stopwatch.GetTimestamp()).TotalMilliseconds], 200));
        run.Expect(run.Speakers.All(s => s.Restarts == 0) && run.Controllers.All(c => c.Restarts == 0), "a speaker or controller did not survive the outage");
    }
}
