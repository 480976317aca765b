using MetalSharp.Layer2;
using MetalSharp.Net;

namespace MetalSharp.Tests.Layer2;

public sealed class ArpResponderTests
{
    private static readonly MacAddress Own = MacAddress.Parse("02:00:00:00:00:01");
    private static readonly MacAddress Client = MacAddress.Parse("02:00:00:00:00:0a");
    private static readonly MacAddress Other = MacAddress.Parse("02:00:00:00:00:0b");
    private static readonly InetAddress Vip = InetAddress.Parse("192.0.2.100");
    private static readonly InetAddress ClientIp = InetAddress.Parse("192.0.2.1");
    private static readonly HashSet<InetAddress> Announced = [Vip, InetAddress.Parse("192.0.2.101")];

    [Fact]
    public void A_request_for_an_announced_address_is_answered_to_the_one_that_asked()
    {
        Assert.Equal(ArpVerdict.Answered, Judge(Request(Client, ClientIp, Vip), out var reply));
        Assert.Equal(new ArpPacket(ArpOperation.Reply, Own, Vip, Client, ClientIp), reply);
    }

    [Fact]
    public void A_request_to_our_own_MAC_is_answered() =>
        // Neighbours that hold an entry ask by unicast whether it is still good (RFC 1122 section 2.3.2.1).
        Assert.Equal(ArpVerdict.Answered, Judge(Request(Client, ClientIp, Vip), Own, Client, out _));

    [Fact]
    public void A_probe_is_answered_so_that_the_duplicate_is_noticed()
    {
        var nobody = InetAddress.Parse("0.0.0.0");
        Assert.Equal(ArpVerdict.ProbeAnswered, Judge(Request(Client, nobody, Vip), out var reply));
        Assert.Equal(new ArpPacket(ArpOperation.Reply, Own, Vip, Client, nobody), reply);
    }

    [Fact]
    public void A_bridge_may_speak_for_the_one_that_asks()
    {
        Assert.Equal(ArpVerdict.Answered, Judge(Request(Client, ClientIp, Vip), MacAddress.Broadcast, Other, out var reply));
        Assert.Equal(Client, reply.TargetMac);
    }

    [Theory]
    [InlineData("192.0.2.99")]
    [InlineData("0.0.0.0")]
    [InlineData("255.255.255.255")]
    public void Other_addresses_are_not_answered(string target) =>
        Assert.Equal(ArpVerdict.NotAnnounced, Judge(Request(Client, ClientIp, InetAddress.Parse(target)), out _));

    [Theory]
    [InlineData("02:00:00:00:00:0b")]
    [InlineData("01:00:5e:00:00:01")]
    [InlineData("00:00:00:00:00:00")]
    public void A_frame_to_another_MAC_is_not_for_us(string destination) =>
        Assert.Equal(ArpVerdict.NotForUs, Judge(Request(Client, ClientIp, Vip), MacAddress.Parse(destination), Client, out _));

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(9)]
    [InlineData(0xFFFF)]
    public void Other_operations_are_not_answered(int operation) =>
        Assert.Equal(ArpVerdict.NotRequest, Judge(new ArpPacket((ArpOperation)operation, Client, ClientIp, Own, Vip), out _));

    [Fact]
    public void Our_own_frames_that_come_back_are_dropped()
    {
        Assert.Equal(ArpVerdict.OwnFrame, Judge(ArpPacket.Announcement(Vip, Own), out _));
        Assert.Equal(ArpVerdict.OwnFrame, Judge(Request(Client, ClientIp, Vip), MacAddress.Broadcast, Own, out _));
        Assert.Equal(ArpVerdict.OwnFrame, Judge(Request(Own, ClientIp, Vip), MacAddress.Broadcast, Other, out _));
    }

    [Theory]
    [InlineData("ff:ff:ff:ff:ff:ff", "02:00:00:00:00:0a", "192.0.2.1")]
    [InlineData("01:00:5e:00:00:01", "02:00:00:00:00:0a", "192.0.2.1")]
    [InlineData("02:00:00:00:00:0a", "ff:ff:ff:ff:ff:ff", "192.0.2.1")]
    [InlineData("02:00:00:00:00:0a", "00:00:00:00:00:00", "192.0.2.1")]
    [InlineData("02:00:00:00:00:0a", "02:00:00:00:00:0a", "224.0.0.1")]
    [InlineData("02:00:00:00:00:0a", "02:00:00:00:00:0a", "255.255.255.255")]
    public void A_sender_that_cannot_receive_the_answer_gets_none(string source, string senderMac, string senderIp)
    {
        var request = Request(MacAddress.Parse(senderMac), InetAddress.Parse(senderIp), Vip);
        Assert.Equal(ArpVerdict.SenderInvalid, Judge(request, MacAddress.Broadcast, MacAddress.Parse(source), out _));
    }

    [Fact]
    public void One_that_announces_our_address_is_not_answered() =>
        Assert.Equal(ArpVerdict.SenderClaimsAddress, Judge(ArpPacket.Announcement(Vip, Other), out _));

    [Fact]
    public void Short_tagged_and_foreign_frames_are_malformed()
    {
        var frame = Frame(Request(Client, ClientIp, Vip), MacAddress.Broadcast, Client);
        for (var length = 0; length < EthernetHeader.Size + ArpPacket.Size; length++)
            Assert.Equal(ArpVerdict.Malformed, ArpResponder.Judge(frame.AsSpan(0, length), Own, Announced, out _));

        byte[] tagged = [.. frame[..12], 0x81, 0x00, 0x00, 0x05, .. frame[12..]];
        Assert.Equal(ArpVerdict.Malformed, ArpResponder.Judge(tagged, Own, Announced, out _));

        frame[12] = 0x86;
        Assert.Equal(ArpVerdict.Malformed, ArpResponder.Judge(frame, Own, Announced, out _));
    }

    [Fact]
    public void No_single_byte_change_makes_an_answer_that_should_not_be()
    {
        var original = Frame(Request(Client, ClientIp, Vip), MacAddress.Broadcast, Client);
        for (var at = 0; at < original.Length; at++)
        {
            for (var value = 0; value <= byte.MaxValue; value++)
            {
                var frame = original.ToArray();
                frame[at] = (byte)value;
                var verdict = ArpResponder.Judge(frame, Own, Announced, out var reply);
                if (!verdict.IsAnswer())
                {
                    Assert.Equal(default, reply);
                    continue;
                }

                // What the answer stands on did not change: destination, types and lengths, operation, an announced target.
                Assert.True(at is >= 6 and < 12 or >= 22 || frame[at] == original[at], $"byte {at} = {value}");
                Assert.Contains(reply.SenderIp, Announced);
                Assert.Equal(Own, reply.SenderMac);
                Assert.False(reply.TargetMac.IsGroup);
            }
        }
    }

    [Fact]
    public void Judging_a_frame_allocates_nothing()
    {
        var frame = Frame(Request(Client, ClientIp, Vip), MacAddress.Broadcast, Client);
        ArpResponder.Judge(frame, Own, Announced, out _);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000; i++)
            ArpResponder.Judge(frame, Own, Announced, out _);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    private static ArpPacket Request(MacAddress senderMac, InetAddress senderIp, InetAddress target) =>
        new(ArpOperation.Request, senderMac, senderIp, default, target);

    private static ArpVerdict Judge(ArpPacket packet, out ArpPacket reply) => Judge(packet, MacAddress.Broadcast, packet.SenderMac, out reply);

    private static ArpVerdict Judge(ArpPacket packet, MacAddress destination, MacAddress source, out ArpPacket reply) =>
        ArpResponder.Judge(Frame(packet, destination, source), Own, Announced, out reply);

    private static byte[] Frame(ArpPacket packet, MacAddress destination, MacAddress source)
    {
        var frame = new byte[EthernetHeader.MinimumFrameSize];
        packet.WriteFrame(frame, destination);
        new EthernetHeader(destination, source, EtherType.Arp).Write(frame);
        return frame;
    }
}
