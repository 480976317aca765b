using MetalSharp.Layer2;
using MetalSharp.Linux;
using MetalSharp.Net;

namespace MetalSharp.Tests.Linux;

public sealed class LinkMessageTests
{
    private const LinkFlags Multicast = (LinkFlags)0x1000;
    private const LinkFlags Running = (LinkFlags)0x40;
    private const LinkFlags InUse = LinkFlags.Up | LinkFlags.Broadcast | LinkFlags.LowerUp | Running | Multicast;

    private static readonly Dictionary<string, byte[]> Captured = ReadCaptured();
    private static readonly MacAddress Mac = MacAddress.Parse("02:00:00:00:00:1e");

    [Fact]
    public void A_list_says_what_every_interface_is()
    {
        Assert.Equal(
            [
                new LinkMessage.Present(new NetworkLink(1, "lo", null, LinkFlags.Loopback, null)),
                new LinkMessage.Present(new NetworkLink(2, "far", MacAddress.Parse("02:00:00:00:00:0f"), InUse, null)),
                new LinkMessage.Present(new NetworkLink(3, "eth0", MacAddress.Parse("02:00:00:00:00:0e"), InUse, null)),
            ],
            LinkMessage.Parse(Captured["listed"]));
        Assert.Equal([new LinkMessage.ListEnded(IsConsistent: true)], LinkMessage.Parse(Captured["list ended"]));
    }

    [Fact]
    public void A_list_that_was_interrupted_says_so()
    {
        var ended = Captured["list ended"].ToArray();
        ended[6] |= 0x10;
        Assert.Equal([new LinkMessage.ListEnded(IsConsistent: false)], LinkMessage.Parse(ended));
    }

    [Theory]
    [InlineData("mac changed", InUse, null)]
    [InlineData("enslaved", InUse, 4)]
    [InlineData("released", InUse, null)]
    [InlineData("down", LinkFlags.Broadcast | Multicast, null)]
    public void A_change_says_how_the_interface_is_now(string change, LinkFlags flags, int? master) =>
        Assert.Equal([new LinkMessage.Present(new NetworkLink(3, "eth0", Mac, flags, master))], LinkMessage.Parse(Captured[change]));

    [Fact]
    public void A_deleted_interface_is_gone() =>
        Assert.Equal([new LinkMessage.Gone(3)], LinkMessage.Parse(Captured["deleted"]));

    [Theory]
    [InlineData("enslaved, as the bridge tells it")]
    [InlineData("released, as the bridge tells it")]
    public void What_a_bridge_says_about_its_ports_is_no_news_about_interfaces(string change) =>
        Assert.Empty(LinkMessage.Parse(Captured[change]));

    [Fact]
    public void Several_messages_in_one_datagram_are_all_read() =>
        Assert.Equal(5, LinkMessage.Parse([.. Captured["listed"], .. Captured["deleted"], .. Captured["list ended"]]).Count);

    [Fact]
    public void A_refusal_says_why()
    {
        byte[] refused = [36, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xF0, 0xFF, 0xFF, 0xFF, .. new byte[16]];
        Assert.Equal([new LinkMessage.Refused(16)], LinkMessage.Parse(refused));
    }

    [Fact]
    public void The_request_asks_for_a_list_without_statistics() =>
        // Header: length, RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP; ifinfomsg of zeros; IFLA_EXT_MASK with RTEXT_FILTER_SKIP_STATS.
        Assert.Equal(
            "28000000" + "1200" + "0103" + "0000000000000000" + new string('0', 32) + "0800" + "1D00" + "08000000",
            Convert.ToHexString(LinkMessage.ListRequest()));

    [Fact]
    public void Every_prefix_and_every_single_byte_change_is_read_or_left_out()
    {
        foreach (var datagram in Captured.Values)
        {
            for (var length = 0; length < datagram.Length; length++)
                LinkMessage.Parse(datagram.AsSpan(0, length));
            for (var at = 0; at < datagram.Length; at++)
            {
                var changed = datagram.ToArray();
                foreach (var value in (byte[])[0, 1, 2, 3, 4, 5, 15, 16, 17, 0x7F, 0x80, 0xFF])
                {
                    changed[at] = value;
                    LinkMessage.Parse(changed);
                }
            }
        }
    }

    private static Dictionary<string, byte[]> ReadCaptured()
    {
        using var file = typeof(LinkMessageTests).Assembly.GetManifestResourceStream("rtnetlink.hex")!;
        using var reader = new StreamReader(file);
        return reader.ReadToEnd()
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Where(line => !line.StartsWith('#'))
            .Select(line => line.Split(": "))
            .ToDictionary(parts => parts[0], parts => Convert.FromHexString(parts[1]));
    }
}
