using System.Globalization;
using MetalSharp.Configuration;

namespace MetalSharp.Tests.Configuration;

/// <summary>Vectors for the grammar that the documentation of Go's time.ParseDuration describes.</summary>
public sealed class GoDurationTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("+0", 0)]
    [InlineData("-0", 0)]
    [InlineData("0s", 0)]
    [InlineData("5s", 5_000_000_000)]
    [InlineData("+5s", 5_000_000_000)]
    [InlineData("-5s", -5_000_000_000)]
    [InlineData("90s", 90_000_000_000)]
    [InlineData("1m30s", 90_000_000_000)]
    [InlineData("1.5h", 5_400_000_000_000)]
    [InlineData("3h30m", 12_600_000_000_000)]
    [InlineData("4m10.5s", 250_500_000_000)]
    [InlineData("-2m3.4s", -123_400_000_000)]
    [InlineData("1h2m3s4ms5us6ns", 3_723_004_005_006)]
    [InlineData("39h9m14.425s", 140_954_425_000_000)]
    [InlineData("30s1m", 90_000_000_000)]
    [InlineData("1s1s", 2_000_000_000)]
    [InlineData("5.s", 5_000_000_000)]
    [InlineData(".5s", 500_000_000)]
    [InlineData("0.3333333333333333333h", 1_200_000_000_000)]
    [InlineData("0.100000000000000000000h", 360_000_000_000)]
    [InlineData("0.830103483285477580700h", 2_988_372_539_827)]
    [InlineData("100ns", 100)]
    [InlineData("12us", 12_000)]
    [InlineData("12µs", 12_000)]
    [InlineData("12μs", 12_000)]
    [InlineData("13ms", 13_000_000)]
    [InlineData("0.9ns", 0)]
    [InlineData("52763797000ns", 52_763_797_000)]
    [InlineData("9007199254.740993ms", 9_007_199_254_740_993)]
    [InlineData("9223372036854775807ns", long.MaxValue)]
    [InlineData("9223372036s854ms775us807ns", long.MaxValue)]
    [InlineData("-9223372036854775808ns", long.MinValue)]
    [InlineData("-9223372036854.775808ms", long.MinValue)]
    public void Reads_what_Go_reads(string text, long nanoseconds)
    {
        Assert.True(GoDuration.TryParse(text, out long read));
        Assert.Equal(nanoseconds, read);
    }

    [Theory]
    [InlineData("")]
    [InlineData("3")]
    [InlineData("-")]
    [InlineData("+")]
    [InlineData("s")]
    [InlineData(".")]
    [InlineData("-.")]
    [InlineData(".s")]
    [InlineData("+.s")]
    [InlineData("1.2.3s")]
    [InlineData("1d")]
    [InlineData("1S")]
    [InlineData("1 s")]
    [InlineData(" 1s")]
    [InlineData("1s ")]
    [InlineData("1s-1s")]
    [InlineData("--1s")]
    [InlineData("1e3s")]
    [InlineData("0x1s")]
    [InlineData("1sm")]
    [InlineData("00")]
    [InlineData("90")]
    [InlineData("PT90S")]
    [InlineData("00:01:30")]
    [InlineData("٣s")]
    [InlineData("3000000h")]
    [InlineData("9223372036854775808ns")]
    [InlineData("9223372036854775.808us")]
    [InlineData("9223372036854ms775us808ns")]
    [InlineData("-9223372036854775809ns")]
    [InlineData("99999999999999999999s")]
    public void Refuses_what_Go_refuses(string text) => Assert.False(GoDuration.TryParse(text, out long _));

    [Fact]
    public void Sums_of_random_terms_are_exact()
    {
        var random = new Random(20261120);
        var units = new (string Name, long Nanoseconds)[] { ("h", 3_600_000_000_000), ("m", 60_000_000_000), ("s", 1_000_000_000), ("ms", 1_000_000), ("us", 1_000), ("ns", 1) };
        for (var i = 0; i < 2_000; i++)
        {
            var terms = Enumerable.Range(0, random.Next(1, 6)).Select(_ => (Count: random.Next(0, 100_000), Unit: units[random.Next(units.Length)])).ToList();
            var text = string.Concat(terms.Select(term => term.Count.ToString(CultureInfo.InvariantCulture) + term.Unit.Name));
            Assert.True(GoDuration.TryParse(text, out long nanoseconds), text);
            Assert.Equal(terms.Sum(term => term.Count * term.Unit.Nanoseconds), nanoseconds);
        }
    }

    [Fact]
    public void A_TimeSpan_cuts_off_what_it_cannot_hold()
    {
        Assert.True(GoDuration.TryParse("1s199ns", out TimeSpan time));
        Assert.Equal(TimeSpan.FromSeconds(1) + TimeSpan.FromTicks(1), time);
        Assert.True(GoDuration.TryParse("-199ns", out time));
        Assert.Equal(TimeSpan.FromTicks(-1), time);
    }
}
