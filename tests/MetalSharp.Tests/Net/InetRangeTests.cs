using MetalSharp.Net;

namespace MetalSharp.Tests.Net;

public sealed class InetRangeTests
{
    [Theory]
    [InlineData("192.168.3.100", "192.168.3.200", "192.168.3.100/30 192.168.3.104/29 192.168.3.112/28 192.168.3.128/26 192.168.3.192/29 192.168.3.200/32")]
    [InlineData("0.0.0.0", "255.255.255.255", "0.0.0.0/0")]
    [InlineData("10.0.0.1", "10.0.0.1", "10.0.0.1/32")]
    [InlineData("255.255.255.254", "255.255.255.255", "255.255.255.254/31")]
    [InlineData("::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "::/0")]
    [InlineData("fc00:f853:ccd:e793::", "fc00:f853:ccd:e793::2", "fc00:f853:ccd:e793::/127 fc00:f853:ccd:e793::2/128")]
    public void A_range_is_the_fewest_prefixes(string first, string last, string prefixes)
    {
        var range = new InetRange(InetAddress.Parse(first), InetAddress.Parse(last));
        Assert.Equal(prefixes, string.Join(' ', range.ToPrefixes()));
    }

    [Fact]
    public void Prefixes_of_random_ranges_cover_them_exactly()
    {
        var random = new Random(20261120);
        for (var i = 0; i < 2_000; i++)
        {
            var a = (uint)random.NextInt64(1L << 32);
            var b = (uint)Math.Min(uint.MaxValue, a + random.NextInt64(1L << random.Next(1, 32)));
            var range = new InetRange(new(IpFamily.IPv4, a), new(IpFamily.IPv4, b));
            var next = (UInt128)a;
            foreach (var prefix in range.ToPrefixes())
            {
                Assert.Equal(next, prefix.Address.Value);
                next = prefix.Last.Value + 1;
            }

            Assert.Equal((UInt128)b + 1, next);
        }
    }

    [Fact]
    public void Counts_are_exact_for_any_size()
    {
        Assert.Equal((UInt128)256, InetPrefix.Parse("10.0.0.7/24").Range.Count);
        Assert.Equal(UInt128.One << 64, InetPrefix.Parse("2001:db8::/64").Range.Count);
        Assert.Equal(UInt128.MaxValue, InetPrefix.Parse("::/0").Range.Count);
    }

    [Theory]
    [InlineData("10.0.0.7/24", "10.0.0.0/24")]
    [InlineData("10.0.0.7/32", "10.0.0.7/32")]
    [InlineData("10.0.0.7/0", "0.0.0.0/0")]
    [InlineData("2001:db8::1/64", "2001:db8::/64")]
    [InlineData("2001:db8::1/0", "::/0")]
    public void Host_bits_are_masked_off(string text, string prefix) => Assert.Equal(prefix, InetPrefix.Parse(text).ToString());

    [Theory]
    [InlineData("10.0.0.0")]
    [InlineData("10.0.0.0/33")]
    [InlineData("10.0.0.0/-1")]
    [InlineData("10.0.0.0/+1")]
    [InlineData("10.0.0.0/08")]
    [InlineData("10.0.0.0/")]
    [InlineData("10.0.0/8")]
    [InlineData("2001:db8::/129")]
    [InlineData("/24")]
    public void Refuses_what_is_no_prefix(string text) => Assert.False(InetPrefix.TryParse(text, out _));

    [Fact]
    public void MAC_addresses_read_and_write_their_text()
    {
        var mac = MacAddress.Parse("02:00:5E:00:53:af");
        Assert.Equal("02:00:5e:00:53:af", mac.ToString());
        Assert.False(mac.IsGroup);
        Assert.True(MacAddress.Broadcast.IsGroup);
        Assert.True(MacAddress.Parse("01:00:5e:00:00:01").IsGroup);
        Assert.False(MacAddress.TryParse("02-00-5e-00-53-af", out _));
        Assert.False(MacAddress.TryParse("02:00:5e:00:53", out _));
        Assert.False(MacAddress.TryParse("02:00:5e:00:53:+f", out _));
    }
}
