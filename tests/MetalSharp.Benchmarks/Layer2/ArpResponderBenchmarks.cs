using BenchmarkDotNet.Attributes;
using MetalSharp.Layer2;
using MetalSharp.Net;

namespace MetalSharp.Benchmarks.Layer2;

/// <summary>What one received frame costs before and after the system calls. Nothing may be allocated.</summary>
[MemoryDiagnoser]
public class ArpResponderBenchmarks
{
    private static readonly MacAddress Own = MacAddress.Parse("02:00:00:00:00:01");

    private readonly HashSet<InetAddress> _announced = [.. Enumerable.Range(0, 1_000).Select(i => new InetAddress(IpFamily.IPv4, 0x0A00_0000u + (uint)i))];
    private readonly byte[] _request = Request(0x0A00_0000u + 500);
    private readonly byte[] _other = Request(0x0B00_0000u);
    private readonly byte[] _reply = new byte[EthernetHeader.MinimumFrameSize];

    [Benchmark]
    public ArpVerdict Answer()
    {
        var verdict = ArpResponder.Judge(_request, Own, _announced, out var reply);
        reply.WriteFrame(_reply, reply.TargetMac);
        return verdict;
    }

    [Benchmark]
    public ArpVerdict Drop() => ArpResponder.Judge(_other, Own, _announced, out _);

    private static byte[] Request(uint target)
    {
        var frame = new byte[EthernetHeader.MinimumFrameSize];
        new ArpPacket(
            ArpOperation.Request,
            MacAddress.Parse("02:00:00:00:00:0a"),
            InetAddress.Parse("10.0.255.1"),
            default,
            new InetAddress(IpFamily.IPv4, target)).WriteFrame(frame, MacAddress.Broadcast);
        return frame;
    }
}
