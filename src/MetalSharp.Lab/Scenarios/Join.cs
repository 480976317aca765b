using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using MetalSharp.Kubernetes;
using MetalSharp.Lab.Network;

namespace MetalSharp.Lab.Scenarios;

/// <summary>A node is added: only the addresses that now hash to it move. A deleted Service is no longer answered.</summary>
internal sealed class Join : Scenario
{
    private const int Services = 16;

    public override string Name => "join";

    public override string Description => "a node is added: only the hashed share moves to it; a deleted Service is no longer answered";

    public override async Task RunAsync(ScenarioRun run)
    {
        await run.WaitForSpeakersAsync();
        await run.ConfigureLanPoolAsync();
        await run.DeployAsync("web", 3);
        var probes = new Dictionary<IPAddress, ArpProbe>();
        try
        {
            for (var n = 0; n < Services; n++)
            {
                var address = await run.ExposeAsync(ScenarioRun.BalancedService($"web-{n}", "web"));
                probes.Add(address, ArpProbe.Start(run.LanClient, address, everyMilliseconds: 20));
            }
            await ExpectHashedOwnersAsync(run, probes);

            var started = Stopwatch.GetTimestamp();
            var joined = await run.Lab.AddNodeAsync(run.Stop);
            run.Say($"{joined.Name} joins.");
            await run.WaitForSpeakersAsync();
            await ExpectHashedOwnersAsync(run, probes);
            Judge(run, probes, joined.Host.MacAddress, started);

            await DeleteAsync(run, probes);
        }
        finally
        {
            foreach (var probe in probes.Values)
                probe.Dispose();
        }
    }

    private static async Task ExpectHashedOwnersAsync(ScenarioRun run, Dictionary<IPAddress, ArpProbe> probes)
    {
        foreach (var (address, probe) in probes)
        {
            var expected = run.Lab.Cluster.Nodes.MinBy(n => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes($"{n.Name}#{address}"))), StringComparer.Ordinal)!;
            await run.UntilOwnerAsync(probe, expected, $"{address} should be announced by {expected.Name}, the lowest hash");
        }
    }

    private static void Judge(ScenarioRun run, Dictionary<IPAddress, ArpProbe> probes, string joined, long since)
    {
        var both = new List<double>();
        var silent = new List<double>();
        foreach (var (address, probe) in probes)
        {
            var answers = probe.Since(since).ToList();
            silent.Add(probe.LongestSilence(since, Stopwatch.GetTimestamp()).TotalMilliseconds);
            var first = answers.FirstOrDefault(a => a.Mac.ToString() == joined);
            if (first == default)
            {
                run.Expect(answers.Select(a => a.Mac).Distinct().Count() == 1, $"{address} moved though it does not belong to the node that joined: {ScenarioRun.Seen(probe, since)}");
                continue;
            }
            var last = answers.Last(a => a.Mac.ToString() != joined);
            both.Add(last.Time > first.Time ? Stopwatch.GetElapsedTime(first.Time, last.Time).TotalMilliseconds : 0);
        }
        run.Say($"{both.Count} of {Services} addresses moved to the node that joined, the others stayed.");
        run.Measure(Measurement.Of("moved: both answer", "ms", both, 100));
        run.Measure(Measurement.Of("longest silence of each address", "ms", silent, 400));
    }

    private static async Task DeleteAsync(ScenarioRun run, Dictionary<IPAddress, ArpProbe> probes)
    {
        var delays = new List<double>();
        for (var n = 0; n < 4; n++)
        {
            var probe = probes[run.AddressOf($"web-{n}")!];
            var deleted = Stopwatch.GetTimestamp();
            await run.Client.DeleteAsync(ResourceKinds.Services, ScenarioRun.Namespace, $"web-{n}", cancel: run.Stop);
            await run.UntilSilentAsync(probe, $"the address of the deleted Service web-{n} is still answered");
            delays.Add(probe.Since(deleted).Select(a => Stopwatch.GetElapsedTime(deleted, a.Time).TotalMilliseconds).LastOrDefault());
        }
        run.Measure(Measurement.Of("Service deleted: last answer after", "ms", delays, 500));
    }
}
