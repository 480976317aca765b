using MetalSharp.Net;

namespace MetalSharp.Tests.Net;

public sealed class InetAddressTests
{
    // RFC 5952 section 4 and the RFC 4291 section 2.2 text forms.
    [Theory]
    [InlineData("192.168.3.100", "192.168.3.100")]
    [InlineData("0.0.0.0", "0.0.0.0")]
    [InlineData("255.255.255.255", "255.255.255.255")]
    [InlineData("2001:DB8::1", "2001:db8::1")]
    [InlineData("2001:0db8:0000:0000:0001:0000:0000:0001", "2001:db8::1:0:0:1")]
    [InlineData("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1")]
    [InlineData("::", "::")]
    [InlineData("::1", "::1")]
    [InlineData("fe80::", "fe80::")]
    [InlineData("0:0:1::", "0:0:1::")]
    [InlineData("1:0:0:2:0:0:0:3", "1:0:0:2::3")]
    [InlineData("::1.2.3.4", "::102:304")]
    [InlineData("::ffff:1.2.3.4", "1.2.3.4")]
    public void Reads_and_writes_the_canonical_text(string text, string canonical)
    {
        Assert.True(InetAddress.TryParse(text, out var address));
        Assert.Equal(canonical, address.ToString());
        Assert.Equal(address, InetAddress.Parse(canonical));
    }

    [Theory]
    [InlineData("")]
    [InlineData("1")]
    [InlineData("1.2.3")]
    [InlineData("1.2.3.4.5")]
    [InlineData("1.2.3.256")]
    [InlineData("1.2.3.04")]
    [InlineData("0x1.2.3.4")]
    [InlineData("1.2.3.-4")]
    [InlineData("1.2.3.4 ")]
    [InlineData("1.2..4")]
    [InlineData("fe80::1%eth0")]
    [InlineData("[::1]")]
    [InlineData("[::1]:80")]
    [InlineData("::1/64")]
    [InlineData("1::2::3")]
    [InlineData("12345::")]
    [InlineData("1:2:3:4:5:6:7")]
    [InlineData("1:2:3:4:5:6:7:8:9")]
    public void Refuses_what_is_no_address(string text) => Assert.False(InetAddress.TryParse(text, out _));

    [Fact]
    public void Bytes_round_trip_in_network_order()
    {
        Span<byte> bytes = stackalloc byte[16];
        bytes.Fill(0xA5);
        InetAddress.Parse("192.168.3.100").WriteBytes(bytes);
        Assert.Equal(new byte[] { 192, 168, 3, 100, 0xA5 }, bytes[..5].ToArray());

        var six = InetAddress.Parse("2001:db8::102:304");
        six.WriteBytes(bytes);
        Assert.Equal(six, InetAddress.FromBytes(bytes));
        Assert.Equal([0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4], bytes.ToArray());
    }

    [Fact]
    public void IPv4_sorts_before_IPv6_and_by_number() =>
        Assert.Equal(
            ["1.2.3.4", "10.0.0.9", "10.0.0.10", "::1", "2001:db8::"],
            new[] { "2001:db8::", "10.0.0.10", "::1", "10.0.0.9", "1.2.3.4" }.Select(t => InetAddress.Parse(t)).Order().Select(a => a.ToString()));
}
