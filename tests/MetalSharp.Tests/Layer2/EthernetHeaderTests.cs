using MetalSharp.Layer2;
using MetalSharp.Net;

namespace MetalSharp.Tests.Layer2;

public sealed class EthernetHeaderTests
{
    // The header of an ARP request captured with tshark 4.0.17 on a veth pair, 2026-11-20.
    private static readonly byte[] Captured = Convert.FromHexString("ffffffffffff02000000000a0806");

    [Fact]
    public void Every_prefix_of_a_header_is_refused()
    {
        for (var length = 0; length < EthernetHeader.Size; length++)
            Assert.False(EthernetHeader.TryParse(Captured.AsSpan(0, length), out _));
        Assert.True(EthernetHeader.TryParse(Captured, out _));
    }

    [Fact]
    public void Every_single_byte_change_parses_to_what_writes_the_same_bytes_or_is_refused()
    {
        for (var at = 0; at < EthernetHeader.Size; at++)
        {
            for (var value = 0; value <= byte.MaxValue; value++)
            {
                var changed = Captured.ToArray();
                changed[at] = (byte)value;
                var type = changed[12] << 8 | changed[13];
                Assert.Equal(type >= 0x0600, EthernetHeader.TryParse(changed, out var header));
                if (type < 0x0600)
                    continue;
                var written = new byte[EthernetHeader.Size];
                written.AsSpan().Fill(0xA5);
                header.Write(written);
                Assert.Equal(changed, written);
            }
        }
    }

    [Theory]
    [InlineData("8100")]
    [InlineData("88a8")]
    [InlineData("002e")]
    public void Tagged_frames_and_lengths_are_refused(string type)
    {
        var frame = Captured.ToArray();
        Convert.FromHexString(type).CopyTo(frame, 12);
        Assert.False(EthernetHeader.TryParse(frame, out _));
        Assert.Throws<ArgumentOutOfRangeException>(
            () => new EthernetHeader(MacAddress.Broadcast, default, (EtherType)Convert.ToUInt16(type, 16)));
    }
}
