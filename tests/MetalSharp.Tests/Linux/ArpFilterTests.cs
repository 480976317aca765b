using System.Buffers.Binary;
using MetalSharp.Layer2;
using MetalSharp.Linux;
using MetalSharp.Net;

namespace MetalSharp.Tests.Linux;

public sealed class ArpFilterTests
{
    private static readonly MacAddress Mac = MacAddress.Parse("02:00:00:00:00:0a");

    [Fact]
    public void Nothing_announced_passes_nothing() => Assert.False(Passes(ArpFilter.For([]), Request(0x0A00_0001)));

    [Fact]
    public void Requests_for_announced_addresses_pass_and_others_do_not()
    {
        var filter = ArpFilter.For([Address(0x0A00_0001), Address(0x0A00_0002), Address(0x0A00_0005), Address(0), Address(uint.MaxValue)]);
        uint[] pass = [0x0A00_0001, 0x0A00_0002, 0x0A00_0005, 0, uint.MaxValue];
        uint[] drop = [0x0A00_0000, 0x0A00_0003, 0x0A00_0004, 0x0A00_0006, 1, uint.MaxValue - 1, 0x8000_0000];
        Assert.All(pass, target => Assert.True(Passes(filter, Request(target))));
        Assert.All(drop, target => Assert.False(Passes(filter, Request(target))));
    }

    [Fact]
    public void Replies_and_frames_too_short_to_be_requests_do_not_pass()
    {
        var filter = ArpFilter.For([Address(0x0A00_0001)]);
        var request = Request(0x0A00_0001);
        for (var length = 0; length < EthernetHeader.Size + ArpPacket.Size; length++)
            Assert.False(Passes(filter, request.AsSpan(0, length)));
        Assert.True(Passes(filter, request.AsSpan(0, EthernetHeader.Size + ArpPacket.Size)));
        request[21] = (byte)ArpOperation.Reply;
        Assert.False(Passes(filter, request));
    }

    [Fact]
    public void A_contiguous_pool_costs_one_range()
    {
        var filter = ArpFilter.For(Enumerable.Range(0, 1_000).Select(i => Address(0x0A00_0000 + (uint)i)));
        Assert.Equal(ArpFilter.For([Address(0x0A00_0000)]).Length, filter.Length);
        Assert.True(Passes(filter, Request(0x0A00_0000 + 999)));
        Assert.False(Passes(filter, Request(0x0A00_0000 + 1_000)));
    }

    [Fact]
    public void Random_sets_always_pass_what_is_announced_and_stay_small()
    {
        const int seed = 20261120;
        var random = new Random(seed);
        for (var round = 0; round < 200; round++)
        {
            var spread = 1L << random.Next(4, 33);
            uint[] announced = [.. Enumerable.Range(0, random.Next(1, 300)).Select(_ => (uint)random.NextInt64(spread)).Distinct()];
            var filter = ArpFilter.For(announced.Select(Address));
            Assert.InRange(filter.Length, 5, 5 + 4 * ArpFilter.MostRanges);
            foreach (var target in announced)
                Assert.True(Passes(filter, Request(target)), $"seed {seed}, round {round}: {Address(target)} is announced and does not pass");
            Assert.False(announced.Max() < uint.MaxValue && Passes(filter, Request(announced.Max() + 1)), $"seed {seed}, round {round}");
        }
    }

    [Fact]
    public void IPv6_addresses_are_no_business_of_ARP() =>
        Assert.Equal(ArpFilter.For([]), ArpFilter.For([InetAddress.Parse("2001:db8::1")]));

    private static InetAddress Address(uint value) => new(IpFamily.IPv4, value);

    private static byte[] Request(uint target)
    {
        var frame = new byte[EthernetHeader.MinimumFrameSize];
        new ArpPacket(ArpOperation.Request, Mac, Address(0x0A00_0001), default, Address(target)).WriteFrame(frame, MacAddress.Broadcast);
        return frame;
    }

    // The part of the machine of bpf(4) that the filter uses. A load beyond the end of the frame drops it.
    private static bool Passes(BpfInstruction[] program, ReadOnlySpan<byte> frame)
    {
        uint accumulator = 0;
        for (var at = 0; ; at++)
        {
            var (code, whenTrue, whenFalse, operand) = program[at];
            switch (code)
            {
                case 0x28 when operand + 2 > frame.Length:
                case 0x20 when operand + 4 > frame.Length:
                    return false;
                case 0x28:
                    accumulator = BinaryPrimitives.ReadUInt16BigEndian(frame[(int)operand..]);
                    break;
                case 0x20:
                    accumulator = BinaryPrimitives.ReadUInt32BigEndian(frame[(int)operand..]);
                    break;
                case 0x15:
                    at += accumulator == operand ? whenTrue : whenFalse;
                    break;
                case 0x25:
                    at += accumulator > operand ? whenTrue : whenFalse;
                    break;
                case 0x35:
                    at += accumulator >= operand ? whenTrue : whenFalse;
                    break;
                case 0x06:
                    return operand != 0;
                default:
                    throw new InvalidOperationException($"instruction {at} has the code {code:x}");
            }
        }
    }
}
