using System.Text.Json.Serialization;

namespace MetalSharp.Lab.Scenarios;

/// <summary>What a scenario measured: how often, the middle, the 99th of 100, the worst, and what was allowed.</summary>
/// <param name="Budget">0 where there is none.</param>
internal sealed record Measurement(string Name, string Unit, int N, double P50, double P99, double Max, double Budget, bool Ok)
{
    /// <param name="budget">For the p50 where <paramref name="budgetP99"/> is given too, else for the worst; 0 is none.</param>
    public static Measurement Of(string name, string unit, IEnumerable<double> values, double budget = 0, double budgetP99 = 0)
    {
        var sorted = values.Order().ToList();
        var (p50, p99, max) = (Percentile(sorted, 0.50), Percentile(sorted, 0.99), Percentile(sorted, 1));
        var ok = sorted.Count > 0 && (budget == 0 || (budgetP99 == 0 ? max <= budget : p50 <= budget && p99 <= budgetP99));
        return new(name, unit, sorted.Count, Math.Round(p50, 2), Math.Round(p99, 2), Math.Round(max, 2), budgetP99 == 0 ? budget : budgetP99, ok);
    }

    /// <summary>The smallest value that at least this share of all values does not exceed (nearest rank).</summary>
    private static double Percentile(List<double> sorted, double share) =>
        sorted.Count == 0 ? 0 : sorted[Math.Max(0, (int)Math.Ceiling(share * sorted.Count) - 1)];
}

/// <summary>A scenario's outcome as scripts read it.</summary>
internal sealed record ScenarioResult(string Scenario, bool Passed, IReadOnlyList<Measurement> Measurements);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ScenarioResult))]
internal sealed partial class ScenarioJson : JsonSerializerContext;
