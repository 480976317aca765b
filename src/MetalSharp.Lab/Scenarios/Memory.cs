using System.Globalization;

namespace MetalSharp.Lab.Scenarios;

/// <summary>Resident memory of idle speakers and controllers with 100 Services.</summary>
internal sealed class Memory : Scenario
{
    private const int Services = 100;

    public override string Name => "memory";

    public override string Description => $"resident memory of idle speakers and controllers with {Services} Services";

    public override async Task RunAsync(ScenarioRun run)
    {
        await run.ConfigureLanPoolAsync();
        await run.WaitForControllersAsync();
        await run.WaitForSpeakersAsync();
        await run.DeployAsync("web", 3);
        for (var n = 0; n < Services; n++)
            await run.ExposeAsync(ScenarioRun.BalancedService($"web-{n}", "web"));
        await Task.Delay(TimeSpan.FromSeconds(15), run.Stop);
        foreach (var pod in run.Speakers.Concat(run.Controllers))
            run.Say($"  {pod.Pod.Metadata.Name}: {Megabytes(pod.Process!.Id, "RssAnon"):F0} MB its own, {Megabytes(pod.Process!.Id, "RssFile"):F0} MB mapped files");
        run.Measure(Measurement.Of("speaker, idle", "MB", run.Speakers.Select(s => ResidentMegabytes(s.Process!.Id)), 50));
        run.Measure(Measurement.Of("controller, idle", "MB", run.Controllers.Select(s => ResidentMegabytes(s.Process!.Id)), 60));
    }

    public static double ResidentMegabytes(int process) => Megabytes(process, "VmRSS");

    private static double Megabytes(int process, string what) => double.Parse(
        File.ReadLines($"/proc/{process}/status").First(l => l.StartsWith(what + ":", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
        CultureInfo.InvariantCulture) / 1024;
}
