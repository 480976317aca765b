using System.Diagnostics;
using MetalSharp.Kubernetes;

namespace MetalSharp.Lab.Scenarios;

/// <summary>Many Services at once: how long until the last has its address, and what it cost the API server.</summary>
internal sealed class Scale : Scenario
{
    private const int Services = 1000;
    private const int Clients = 16;

    public override string Name => "scale";

    public override string Description => $"{Services} Services from {Clients} clients: time to the last EXTERNAL-IP, API writes for each";

    public override async Task RunAsync(ScenarioRun run)
    {
        await run.ConfigureAsync("""
            address-pools:
            - name: default
              protocol: layer2
              addresses:
              - 10.50.0.0/16
            """);
        await run.WaitForControllersAsync();
        await run.ExposeAsync(ScenarioRun.BalancedService("warm-up"));
        var writesBefore = run.Lab.StatusWrites;

        var started = Stopwatch.GetTimestamp();
        await Parallel.ForEachAsync(Enumerable.Range(0, Services), new ParallelOptions { MaxDegreeOfParallelism = Clients, CancellationToken = run.Stop },
            async (n, stop) => await run.Client.CreateAsync(ResourceKinds.Services, ScenarioRun.BalancedService($"svc-{n:D4}"), stop));
        var created = Stopwatch.GetElapsedTime(started);
        await run.UntilAsync(() => run.Lab.Cluster.Services.Objects.Values.Count(s => ScenarioRun.AddressOf(s) is not null) >= Services + 1,
            TimeSpan.FromMinutes(2), "not all Services have an address after 2 minutes");
        var done = Stopwatch.GetElapsedTime(started);

        run.Expect(run.Lab.Cluster.Services.Objects.Values.Select(ScenarioRun.AddressOf).OfType<object>().Distinct().Count() == Services + 1, "an address was given twice");
        run.Measure(Measurement.Of($"{Services} Services created", "ms", [created.TotalMilliseconds]));
        run.Measure(Measurement.Of("first create to the last EXTERNAL-IP", "ms", [done.TotalMilliseconds]));
        run.Measure(Measurement.Of("status writes for each Service", "writes", [(run.Lab.StatusWrites - writesBefore) / (double)Services], 1));
    }
}
