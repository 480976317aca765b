using System.Net.Sockets;
using MetalSharp.Layer2;
using MetalSharp.Linux;

namespace MetalSharp.Speaker;

/// <summary>
/// The thread that receives ARP requests and answers them. A thread of its own that waits in the kernel answers several times sooner than
/// a task that is scheduled when a frame has come, and allocates nothing for a frame.
/// </summary>
internal sealed class ArpListener(PacketSocket socket, Layer2Metrics metrics, Func<AnnouncedAddresses> announced, Func<AnnouncingLinks> links)
{
    // Longer frames are cut: what follows an ARP packet is padding.
    private const int LongestFrame = 128;

    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Starts the thread. The task ends with it: well after <see cref="PacketSocket.StopReceiving"/>, else with what went wrong.</summary>
    public Task Start()
    {
        new Thread(Run, maxStackSize: 256 * 1024) { Name = "arp", IsBackground = true }.Start();
        return _ended.Task;
    }

    /// <summary>Judges one frame, answers it if it is to be answered, and counts it.</summary>
    public void Handle(ReadOnlySpan<byte> frame, int interfaceIndex)
    {
        if (links().Find(interfaceIndex) is not { } link)
        {
            metrics.Dropped(ArpVerdict.NotOnInterface).Increment();
            return;
        }

        var now = announced();
        var verdict = ArpResponder.Judge(frame, link.Mac, now.IPv4, out var reply);
        if (!verdict.IsAnswer())
        {
            metrics.Dropped(verdict).Increment();
            return;
        }

        Span<byte> answer = stackalloc byte[EthernetHeader.MinimumFrameSize];
        reply.WriteFrame(answer, reply.TargetMac);
        var sent = socket.Send(answer, link.By);
        var counters = now.MetricsOf(reply.SenderIp);
        counters.RequestsReceived.Increment();
        (sent == SocketError.Success ? counters.ResponsesSent : metrics.SendFailures).Increment();
    }

    private void Run()
    {
        try
        {
            Span<byte> frame = stackalloc byte[LongestFrame];
            while (socket.TryReceive(frame, out var length, out var interfaceIndex))
                Handle(frame[..length], interfaceIndex);
            _ended.SetResult();
        }
        catch (Exception failure)
        {
            _ended.SetException(failure);
        }
    }
}
