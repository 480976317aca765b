using System.Text.Json;

namespace MetalSharp.Interop.Tests.Lab;

public sealed class ScenarioTests
{
    // The scenario "memory" is a benchmark: what it prints is a target, not yet a promise.
    [Theory]
    [InlineData("demo", 90)]
    [InlineData("failover", 180, "--runs", "3")]
    [InlineData("local-policy", 90, "--runs", "3")]
    [InlineData("join", 90)]
    [InlineData("controller-restart", 400)]
    [InlineData("scale", 180)]
    [InlineData("api-outage", 120, "--seconds", "20")]
    [InlineData("bad-config", 90)]
    [InlineData("flood", 120)]
    public async Task A_scenario_passes(string scenario, int seconds, params string[] options)
    {
        using var run = await LabProgram.RunAsync(seconds, ["run", scenario, "-o", "json", .. options]);

        Assert.True(run.Process.ExitCode == 0, $"exit code {run.Process.ExitCode}: {run.Output}{run.Error}");
        using var result = JsonDocument.Parse(run.Output);
        Assert.Equal(scenario, result.RootElement.GetProperty("scenario").GetString());
        Assert.True(result.RootElement.GetProperty("passed").GetBoolean());
        foreach (var measured in result.RootElement.GetProperty("measurements").EnumerateArray())
            Assert.True(measured.GetProperty("ok").GetBoolean(), measured.ToString());
        TestContext.Current.TestOutputHelper?.WriteLine(run.Output);
        Assert.Empty(LabProgram.Folder.GetFileSystemInfos());
    }
}
