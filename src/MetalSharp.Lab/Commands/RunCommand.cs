using System.CommandLine;
using System.Text.Json;
using MetalSharp.Kubernetes;
using MetalSharp.Lab.Scenarios;

namespace MetalSharp.Lab.Commands;

/// <summary>
/// `metalsharp-lab run SCENARIO`. Exit code 0: everything was as it must be. 1: an expectation was not met. 3: every expectation was met, and a
/// budget missed, as a busy machine can make it.
/// </summary>
internal static class RunCommand
{
    private const int ExpectationNotMet = 1;
    private const int BudgetMissed = 3;

    public static Command Create()
    {
        var scenario = new Argument<string>("SCENARIO") { Description = "One of the list above." };
        scenario.AcceptOnlyFromAmong([.. Scenario.All.Select(s => s.Name)]);
        var runs = new Option<int?>("--runs") { Description = "How often the fault is repeated." };
        var seconds = new Option<int>("--seconds") { Description = "How long the fault lasts, in scenarios whose fault has a length.", DefaultValueFactory = _ => 60 };
        var seed = new Option<int?>("--seed") { Description = "For what is drawn by lot; printed, so that a run can be repeated." };
        var output = new Option<string>("--output", "-o") { Description = "text or json.", DefaultValueFactory = _ => "text" };
        output.AcceptOnlyFromAmong("text", "json");
        var program = MetalSharpProgram.Option();
        var command = new Command("run", $"""
            Run a scenario in a lab of its own: something happens to the cluster, and what must be seen is measured.

            {string.Join('\n', Scenario.All.Select(s => $"  {s.Name,-20}{s.Description}"))}

              metalsharp-lab run demo
              metalsharp-lab run failover --runs 100 -o json

            Exit code 1: something was not as it must be. 3: all was, and only a budget was missed.
            """) { scenario, runs, seconds, seed, output, program };
        command.SetAction(async (result, stop) =>
        {
            var chosen = Scenario.All.Single(s => s.Name == result.GetValue(scenario));
            if (Enclosure.Inner is not { } inner)
                return await Enclosure.RunAsync([.. Environment.GetCommandLineArgs().Skip(1)], stop);
            var settings = new ScenarioSettings(result.GetValue(runs) ?? chosen.Runs, result.GetValue(seed) ?? Random.Shared.Next(), TimeSpan.FromSeconds(result.GetValue(seconds)));
            var plan = new LabPlan(chosen.Nodes, MetalSharpProgram.Find(result.GetValue(program)), chosen.Manifests);
            return await Inhabitant.RunAsync(gone => RunAsync(chosen, settings, inner, plan, result.GetValue(output) == "json", gone));
        });
        return command;
    }

    private static async Task<int> RunAsync(
        Scenario scenario, ScenarioSettings settings, (LabFolder Folder, int Port) inner, LabPlan plan, bool json, CancellationToken stop)
    {
        // What is told goes beside the JSON, not into it.
        var narration = json ? Console.Error : Console.Out;
        await using var lab = await Lab.StartAsync(inner.Folder, inner.Port, plan, stop);
        var run = new ScenarioRun(lab, settings, narration, stop);
        var failure = default(Exception);
        try
        {
            await scenario.RunAsync(run);
        }
        catch (Exception thrown) when (thrown is LabException or KubernetesException)
        {
            failure = thrown;
        }
        var result = new ScenarioResult(scenario.Name, failure is null && run.Measurements.All(m => m.Ok), run.Measurements);
        if (json)
            await Console.Out.WriteLineAsync(JsonSerializer.Serialize(result, ScenarioJson.Default.ScenarioResult));
        if (failure is not null)
        {
            await narration.WriteLineAsync($"{scenario.Name}: {failure.Message}");
            await inner.Folder.TellLogsAsync(narration);
        }
        await narration.WriteLineAsync($"{scenario.Name}: {(result.Passed ? $"passed ({run.Held} expectations held)" : "FAILED")}");
        return (failure, result.Passed) switch
        {
            (not null, _) => ExpectationNotMet,
            (null, false) => BudgetMissed,
            _ => 0,
        };
    }
}
