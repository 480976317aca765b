using MetalSharp.Lab.Scenarios;

namespace MetalSharp.Tests.Lab;

public sealed class MeasurementTests
{
    [Fact]
    public void Percentiles_are_values_that_were_measured()
    {
        var measured = Measurement.Of("takeover", "ms", Enumerable.Range(1, 200).Select(n => (double)n));

        Assert.Equal((200, 100, 198, 200), (measured.N, measured.P50, measured.P99, measured.Max));
        Assert.True(measured.Ok);
    }

    [Theory]
    [InlineData(3, 0, true)]
    [InlineData(2, 0, false)]
    [InlineData(2, 3, true)]
    [InlineData(1, 3, false)]
    [InlineData(2, 2.5, false)]
    public void A_budget_is_for_the_worst_or_for_the_middle_and_the_99th(double budget, double budgetP99, bool ok) =>
        Assert.Equal(ok, Measurement.Of("takeover", "ms", [3, 1, 2], budget, budgetP99).Ok);

    [Fact]
    public void Nothing_measured_is_nothing_shown() => Assert.False(Measurement.Of("takeover", "ms", []).Ok);
}
