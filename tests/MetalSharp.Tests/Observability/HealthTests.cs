using MetalSharp.Observability;

namespace MetalSharp.Tests.Observability;

public sealed class HealthTests
{
    private sealed class Clock : TimeProvider
    {
        public long Seconds { get; set; }

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => Seconds;
    }

    [Fact]
    public void A_loop_that_has_not_turned_in_time_is_stuck_until_it_turns()
    {
        var clock = new Clock();
        var health = new Health(clock);
        var pulse = health.AddLoop("speaker", TimeSpan.FromSeconds(30));
        clock.Seconds = 30;
        Assert.Empty(health.Stuck());
        clock.Seconds = 31;
        Assert.Equal(["the speaker loop has not turned for 31 s"], health.Stuck());
        Assert.Equal(health.Stuck(), health.Unready());
        pulse.Turned();
        Assert.Empty(health.Stuck());
    }
}
