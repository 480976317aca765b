using MetalSharp.Layer2;
using MetalSharp.Net;

namespace MetalSharp.Tests.Layer2;

public sealed class ArpPacketTests
{
    private static readonly MacAddress A = MacAddress.Parse("02:00:00:00:00:0a");
    private static readonly MacAddress B = MacAddress.Parse("02:00:00:00:00:0b");
    private static readonly InetAddress Ip1 = InetAddress.Parse("192.0.2.1");
    private static readonly InetAddress Ip2 = InetAddress.Parse("192.0.2.2");
    private static readonly InetAddress Nobody = InetAddress.Parse("0.0.0.0");

    // Captured with tshark 4.0.17 on a veth pair between two network namespaces, 2026-11-20: the asking end (0a) is arping of iputils
    // 20221126, the answering end (0b) the ARP of Linux 6.18.
    public static readonly TheoryData<string, string, string, ArpPacket> Captured = new()
    {
        {
            "request, arping", "ffffffffffff",
            "ffffffffffff02000000000a08060001080006040001" + "02000000000ac0000201" + "ffffffffffffc0000202",
            new(ArpOperation.Request, A, Ip1, MacAddress.Broadcast, Ip2)
        },
        {
            "reply, Linux", "02000000000a",
            "02000000000a02000000000b08060001080006040002" + "02000000000bc0000202" + "02000000000ac0000201",
            new(ArpOperation.Reply, B, Ip2, A, Ip1)
        },
        {
            "probe, arping -D", "ffffffffffff",
            "ffffffffffff02000000000a08060001080006040001" + "02000000000a00000000" + "ffffffffffffc0000202",
            new(ArpOperation.Request, A, Nobody, MacAddress.Broadcast, Ip2)
        },
        {
            "reply to a probe, Linux", "02000000000a",
            "02000000000a02000000000b08060001080006040002" + "02000000000bc0000202" + "02000000000a00000000",
            new(ArpOperation.Reply, B, Ip2, A, Nobody)
        },
        {
            "gratuitous request, arping -U", "ffffffffffff",
            "ffffffffffff02000000000a08060001080006040001" + "02000000000ac0000201" + "ffffffffffffc0000201",
            new(ArpOperation.Request, A, Ip1, MacAddress.Broadcast, Ip1)
        },
        {
            "gratuitous reply, arping -A", "ffffffffffff",
            "ffffffffffff02000000000a08060001080006040002" + "02000000000ac0000201" + "02000000000ac0000201",
            ArpPacket.GratuitousReply(Ip1, A)
        },
    };

    [Theory]
    [MemberData(nameof(Captured))]
    public void Captured_frames_read_as_what_they_say(string _, string destination, string frame, ArpPacket packet)
    {
        var bytes = Convert.FromHexString(frame);
        Assert.True(EthernetHeader.TryParse(bytes, out var header));
        Assert.Equal(EtherType.Arp, header.Type);
        Assert.Equal(destination, header.Destination.ToString().Replace(":", "", StringComparison.Ordinal));
        Assert.Equal(packet.SenderMac, header.Source);
        Assert.True(ArpPacket.TryParse(bytes.AsSpan(EthernetHeader.Size), out var read));
        Assert.Equal(packet, read);
        Assert.Equal(packet.IsProbe, read.SenderIp == Nobody && read.Operation == ArpOperation.Request);
    }

    [Theory]
    [MemberData(nameof(Captured))]
    public void Packets_write_the_captured_frame_and_pad_it(string _, string destination, string frame, ArpPacket packet)
    {
        var buffer = Dirty(EthernetHeader.MinimumFrameSize + 4);
        packet.WriteFrame(buffer, MacAddress.FromBytes(Convert.FromHexString(destination)));
        var captured = Convert.FromHexString(frame);
        Assert.Equal(captured, buffer[..captured.Length]);
        Assert.All(buffer[captured.Length..EthernetHeader.MinimumFrameSize], padding => Assert.Equal(0, padding));
        Assert.All(buffer[EthernetHeader.MinimumFrameSize..], beyond => Assert.Equal(0xA5, beyond));
    }

    [Fact]
    public void An_announcement_has_the_address_as_sender_and_target()
    {
        var announcement = ArpPacket.Announcement(Ip1, A);
        Assert.Equal(new ArpPacket(ArpOperation.Request, A, Ip1, MacAddress.Parse("00:00:00:00:00:00"), Ip1), announcement);
        Assert.False(announcement.IsProbe);
    }

    [Fact]
    public void Every_prefix_of_a_packet_is_refused()
    {
        var packet = Convert.FromHexString((string)Captured.First().Data.Item3)[EthernetHeader.Size..];
        for (var length = 0; length < ArpPacket.Size; length++)
            Assert.False(ArpPacket.TryParse(packet.AsSpan(0, length), out _));
        Assert.True(ArpPacket.TryParse(packet, out _));
    }

    [Fact]
    public void Every_single_byte_change_parses_to_what_writes_the_same_bytes_or_is_refused()
    {
        var original = Convert.FromHexString((string)Captured.First().Data.Item3)[EthernetHeader.Size..];
        var parsed = 0;
        for (var at = 0; at < ArpPacket.Size; at++)
        {
            for (var value = 0; value <= byte.MaxValue; value++)
            {
                var changed = original.ToArray();
                changed[at] = (byte)value;
                // Hardware type, protocol type and the two lengths have one valid value.
                var mayParse = at >= 6 || changed[at] == original[at];
                Assert.Equal(mayParse, ArpPacket.TryParse(changed, out var packet));
                if (!mayParse)
                    continue;
                parsed++;
                var written = Dirty(ArpPacket.Size);
                packet.Write(written);
                Assert.Equal(changed, written);
            }
        }

        Assert.Equal(6 + 22 * 256, parsed);
    }

    [Fact]
    public void Only_IPv4_can_be_said()
    {
        var ipv6 = InetAddress.Parse("2001:db8::1");
        Assert.Throws<ArgumentException>(() => new ArpPacket(ArpOperation.Request, A, ipv6, B, Ip1));
        Assert.Throws<ArgumentException>(() => ArpPacket.Announcement(ipv6, A));
    }

    [Fact]
    public void The_default_packet_can_be_written()
    {
        var written = Dirty(ArpPacket.Size);
        default(ArpPacket).Write(written);
        Assert.True(ArpPacket.TryParse(written, out var read));
        Assert.Equal(default, read);
    }

    private static byte[] Dirty(int length)
    {
        var buffer = new byte[length];
        buffer.AsSpan().Fill(0xA5);
        return buffer;
    }
}
