using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using MetalSharp.Layer2;
using MetalSharp.Net;

namespace MetalSharp.Lab.Network;

/// <summary>An answer to an ARP question. The time is a <see cref="Stopwatch"/> timestamp.</summary>
internal readonly record struct ArpAnswer(long Time, MacAddress Mac);

/// <summary>
/// Asks the LAN every few milliseconds who has an address and keeps every answer. It asks as a host that does not exist, so that
/// the kernel of the host it sits on learns nothing from the answers.
/// </summary>
internal sealed class ArpProbe : IDisposable
{
    private static readonly MacAddress OwnMac = MacAddress.Parse("02:4d:53:ff:03:33");
    private static readonly InetAddress OwnAddress = InetAddress.Parse("192.168.3.51");

    private readonly InetAddress _asked;
    private readonly TimeSpan _interval;
    private readonly PacketLink _link;
    private readonly ConcurrentQueue<ArpAnswer> _answers = [];
    private readonly Thread _asker;
    private readonly Thread _listener;
    private volatile bool _stopped;

    private ArpProbe(LabHost host, IPAddress asked, TimeSpan interval)
    {
        _interval = interval;
        _asked = InetAddress.From(asked);
        _link = host.Namespace.Inside(() => PacketLink.Open());
        _asker = new(Ask) { IsBackground = true, Name = "ARP probe asks" };
        _listener = new(Listen) { IsBackground = true, Name = "ARP probe listens" };
        _listener.Start();
        _asker.Start();
    }

    /// <summary>Starts to ask from <paramref name="host"/>, until disposed.</summary>
    public static ArpProbe Start(LabHost host, IPAddress asked, int everyMilliseconds = 5) => new(host, asked, TimeSpan.FromMilliseconds(everyMilliseconds));

    /// <summary>Every answer until now, in order.</summary>
    public IReadOnlyList<ArpAnswer> Answers => [.. _answers];

    public IEnumerable<ArpAnswer> Since(long time) => _answers.Where(a => a.Time >= time);

    /// <summary>The first answer after <paramref name="time"/> that is as wanted; null when there is none in time.</summary>
    public async Task<ArpAnswer?> FirstAsync(long time, Func<ArpAnswer, bool> wanted, TimeSpan patience, CancellationToken stop)
    {
        var deadline = Stopwatch.GetTimestamp() + (long)(patience.TotalSeconds * Stopwatch.Frequency);
        while (Stopwatch.GetTimestamp() < deadline)
        {
            foreach (var answer in Since(time))
                if (wanted(answer))
                    return answer;
            await Task.Delay(_interval, stop);
        }
        return null;
    }

    /// <summary>The longest time without any answer, between two times.</summary>
    public TimeSpan LongestSilence(long from, long to)
    {
        long[] marks = [from, .. Since(from).Select(a => a.Time).TakeWhile(t => t <= to), to];
        return marks.Zip(marks.Skip(1), (a, b) => Stopwatch.GetElapsedTime(a, b)).Max();
    }

    private void Ask()
    {
        var frame = new byte[EthernetHeader.MinimumFrameSize];
        new EthernetHeader(MacAddress.Broadcast, OwnMac, EtherType.Arp).Write(frame);
        new ArpPacket(ArpOperation.Request, OwnMac, OwnAddress, default, _asked).Write(frame.AsSpan(EthernetHeader.Size));
        var start = Stopwatch.GetTimestamp();
        for (var round = 1; !_stopped; round++)
        {
            _link.Send(frame);
            var wait = _interval * round - Stopwatch.GetElapsedTime(start);
            if (wait > TimeSpan.Zero)
                Thread.Sleep(wait);
        }
    }

    private void Listen()
    {
        var frame = new byte[256];
        while (!_stopped)
        {
            var size = _link.Receive(frame);
            if (size >= EthernetHeader.Size + ArpPacket.Size && ArpPacket.TryParse(frame.AsSpan(EthernetHeader.Size, ArpPacket.Size), out var packet)
                && packet.Operation == ArpOperation.Reply && packet.SenderIp == _asked && packet.TargetMac == OwnMac)
                _answers.Enqueue(new(Stopwatch.GetTimestamp(), packet.SenderMac));
        }
    }

    public void Dispose()
    {
        _stopped = true;
        _asker.Join();
        _listener.Join();
        _link.Dispose();
    }
}
