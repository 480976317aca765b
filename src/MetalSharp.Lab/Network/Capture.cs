using System.Buffers.Binary;

namespace MetalSharp.Lab.Network;

/// <summary>
/// Writes the ARP frames that cross a switch to a pcap file. (tcpdump cannot be used for it: it insists on changing its groups,
/// which a user namespace without rights on the host forbids.)
/// </summary>
internal sealed class Capture : IDisposable
{
    private const uint Magic = 0xa1b2c3d4;
    private const int Ethernet = 1;

    private readonly FileStream _file;
    private readonly PacketLink _link;
    private readonly Thread _writer;
    private volatile bool _stopped;

    private Capture(FileStream file, PacketLink link)
    {
        (_file, _link) = (file, link);
        _writer = new(Write) { IsBackground = true, Name = "capture" };
        _writer.Start();
    }

    public static async Task<Capture> StartAsync(Switch onSwitch, string path, CancellationToken stop)
    {
        await NetworkNamespace.Root.ConfigureAsync([$"link set {onSwitch.Name} promisc on"], stop);
        return new(new(path, FileMode.Create), PacketLink.Open(onSwitch.Name));
    }

    private void Write()
    {
        // The file's head: magic, version 2.4, no time zone, the longest frame, the kind of link.
        Span<byte> head = stackalloc byte[24];
        BinaryPrimitives.WriteUInt32LittleEndian(head, Magic);
        BinaryPrimitives.WriteUInt16LittleEndian(head[4..], 2);
        BinaryPrimitives.WriteUInt16LittleEndian(head[6..], 4);
        BinaryPrimitives.WriteInt32LittleEndian(head[16..], 65535);
        BinaryPrimitives.WriteInt32LittleEndian(head[20..], Ethernet);
        _file.Write(head);

        var frame = new byte[2048];
        Span<byte> record = stackalloc byte[16];
        while (!_stopped)
        {
            var size = _link.Receive(frame);
            if (size == 0)
                continue;
            var now = DateTimeOffset.UtcNow - DateTimeOffset.UnixEpoch;
            BinaryPrimitives.WriteInt32LittleEndian(record, (int)now.TotalSeconds);
            BinaryPrimitives.WriteInt32LittleEndian(record[4..], (int)(now.Ticks % TimeSpan.TicksPerSecond / TimeSpan.TicksPerMicrosecond));
            BinaryPrimitives.WriteInt32LittleEndian(record[8..], size);
            BinaryPrimitives.WriteInt32LittleEndian(record[12..], size);
            _file.Write(record);
            _file.Write(frame.AsSpan(0, size));
        }
    }

    /// <summary>Ends the capture; the file is complete then.</summary>
    public void Dispose()
    {
        _stopped = true;
        _writer.Join();
        _link.Dispose();
        _file.Dispose();
    }
}
