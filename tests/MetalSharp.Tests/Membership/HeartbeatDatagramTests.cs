using MetalSharp.Membership;

namespace MetalSharp.Tests.Membership;

public sealed class HeartbeatDatagramTests
{
    private static readonly byte[] Golden = Convert.FromHexString("4D534842" + "01" + "02" + "0000000000000102" + "02" + "6E31");

    [Fact]
    public void The_bytes_are_as_documented()
    {
        Assert.Equal(Golden, new HeartbeatDatagram(HeartbeatKind.Ready, 0x102, new("n1")).ToBytes());
        Assert.True(HeartbeatDatagram.TryParse(Golden, out var parsed));
        Assert.Equal(new(HeartbeatKind.Ready, 0x102, new("n1")), parsed);
    }

    [Fact]
    public void Every_shortened_or_lengthened_datagram_is_refused()
    {
        for (var length = 0; length < Golden.Length; length++)
            Assert.False(HeartbeatDatagram.TryParse(Golden.AsSpan(0, length), out _));
        Assert.False(HeartbeatDatagram.TryParse([.. Golden, 0], out _));
        Assert.False(HeartbeatDatagram.TryParse(new byte[65_507], out _));
    }

    [Fact]
    public void Every_single_byte_change_is_refused_or_reads_and_writes_the_same()
    {
        for (var i = 0; i < Golden.Length; i++)
        {
            for (var value = 0; value <= byte.MaxValue; value++)
            {
                byte[] changed = [.. Golden];
                changed[i] = (byte)value;
                if (HeartbeatDatagram.TryParse(changed, out var parsed))
                    Assert.Equal(changed, parsed.ToBytes());
            }
        }
    }

    [Fact]
    public void The_longest_name_fits_and_a_longer_one_does_not()
    {
        var longest = new HeartbeatDatagram(HeartbeatKind.Leaving, ulong.MaxValue, new(new string('x', 253)));
        Assert.Equal(HeartbeatDatagram.MaxSize, longest.ToBytes().Length);
        Assert.True(HeartbeatDatagram.TryParse(longest.ToBytes(), out var parsed));
        Assert.Equal(longest, parsed);
        Assert.Throws<ArgumentException>(() => new HeartbeatDatagram(HeartbeatKind.Ready, 1, new(new string('x', 254))).ToBytes());
        Assert.Throws<ArgumentException>(() => new HeartbeatDatagram(HeartbeatKind.Ready, 1, new("")).ToBytes());
    }
}
