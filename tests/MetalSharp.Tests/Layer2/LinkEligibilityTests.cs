using MetalSharp.Layer2;
using MetalSharp.Net;

namespace MetalSharp.Tests.Layer2;

public sealed class LinkEligibilityTests
{
    private static readonly NetworkLink Lan = new(
        2, "eth0", MacAddress.Parse("02:00:00:00:00:0a"), LinkFlags.Up | LinkFlags.Broadcast | LinkFlags.LowerUp, null);

    [Theory]
    [InlineData("eth0")]
    [InlineData("enp3s0")]
    [InlineData("wlan0")]
    [InlineData("br0")]
    [InlineData("bond0.100")]
    [InlineData("lo0")]
    [InlineData("mydocker")]
    public void Ordinary_interfaces_are_used(string name) => Assert.Null(LinkEligibility.ExclusionOf(Lan with { Name = name }));

    [Theory]
    [InlineData("docker0")]
    [InlineData("cbr0")]
    [InlineData("dummy0")]
    [InlineData("virbr0-nic")]
    [InlineData("lxcbr0")]
    [InlineData("veth1234")]
    [InlineData("lo")]
    [InlineData("cali0123456789a")]
    [InlineData("tunl0")]
    [InlineData("flannel.1")]
    [InlineData("kube-ipvs0")]
    [InlineData("cni0")]
    [InlineData("nodelocaldns")]
    [InlineData("lxc_health")]
    public void Interfaces_of_container_networks_are_not(string name) =>
        Assert.Equal(LinkExclusion.ExcludedByName, LinkEligibility.ExclusionOf(Lan with { Name = name }));

    [Fact]
    public void Each_reason_is_told()
    {
        Assert.Equal(LinkExclusion.Loopback, LinkEligibility.ExclusionOf(Lan with { Name = "lo", Flags = LinkFlags.Up | LinkFlags.Loopback }));
        Assert.Equal(LinkExclusion.Enslaved, LinkEligibility.ExclusionOf(Lan with { Master = 7 }));
        Assert.Equal(LinkExclusion.NotEthernet, LinkEligibility.ExclusionOf(Lan with { Mac = null }));
        Assert.Equal(LinkExclusion.NoBroadcast, LinkEligibility.ExclusionOf(Lan with { Flags = LinkFlags.Up | LinkFlags.LowerUp }));
        Assert.Equal(LinkExclusion.NoArp, LinkEligibility.ExclusionOf(Lan with { Flags = Lan.Flags | LinkFlags.NoArp }));
        Assert.Equal(LinkExclusion.Down, LinkEligibility.ExclusionOf(Lan with { Flags = LinkFlags.Broadcast }));
        Assert.Equal(LinkExclusion.NoCarrier, LinkEligibility.ExclusionOf(Lan with { Flags = LinkFlags.Broadcast | LinkFlags.Up }));
    }
}
