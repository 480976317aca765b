using System.Diagnostics;
using MetalSharp.Lab.Network;
using MetalSharp.Layer2;
using MetalSharp.Net;

namespace MetalSharp.Lab.Scenarios;

/// <summary>A host of the LAN sends malformed ARP as fast as it can. Nothing changes and nothing leaks.</summary>
internal sealed class Flood : Scenario
{
    private const int Frames = 100_000;

    public override string Name => "flood";

    public override string Description => $"{Frames} malformed ARP frames from a host of the LAN: the speaker answers on, memory and descriptors stay";

    public override async Task RunAsync(ScenarioRun run)
    {
        var address = await run.ServePageAsync();
        using var probe = ArpProbe.Start(run.LanClient, address);
        var owner = await run.OwnerAtRestAsync(probe, $"{address}");
        var speaker = run.SpeakerOf(owner).Process!.Id;
        run.Say($"--seed {run.Settings.Seed} repeats the frames. {owner.Name} announces {address}.");

        await Task.Run(() => Send(run, owner.Host.MacAddress, Frames / 10), run.Stop);
        await Task.Delay(1000, run.Stop);
        var (memory, descriptors) = (Memory.ResidentMegabytes(speaker), Descriptors(speaker));
        var started = Stopwatch.GetTimestamp();
        await Task.Run(() => Send(run, owner.Host.MacAddress, Frames), run.Stop);
        var took = Stopwatch.GetElapsedTime(started);
        await Task.Delay(2000, run.Stop);

        run.Say($"{Frames} frames in {took.TotalSeconds:F1} s.");
        run.Expect(await run.OwnerAtRestAsync(probe, $"{address} after the flood") == owner, "the flood changed the owner");
        run.Expect(run.SpeakerOf(owner) is { Restarts: 0, Process: not null }, "the speaker did not survive");
        run.Expect(probe.Since(started).All(a => a.Mac.ToString() == owner.Host.MacAddress), "during the flood another node answered");
        run.Measure(Measurement.Of("longest silence", "ms", [probe.LongestSilence(started, Stopwatch.GetTimestamp()).TotalMilliseconds], 500));
        run.Measure(Measurement.Of("speaker's memory grown by", "MB", [Math.Max(0, Memory.ResidentMegabytes(speaker) - memory)], 5));
        run.Expect(Descriptors(speaker) == descriptors, $"the speaker had {descriptors} open files and now has {Descriptors(speaker)}");
        run.Expect(await run.FetchAsync(run.LanClient, address) is not null, "no page after the flood");
    }

    private static int Descriptors(int process) => Directory.EnumerateFileSystemEntries($"/proc/{process}/fd").Count();

    /// <summary>Half of the frames go to everybody, half to the owner; their ARP is random bytes, or a packet with bytes flipped or cut off.</summary>
    private static void Send(ScenarioRun run, string owner, int frames)
    {
        using var link = run.LanClient.Namespace.Inside(() => PacketLink.Open());
        var targets = new[] { MacAddress.Broadcast, MacAddress.Parse(owner) };
        var sender = MacAddress.Parse(run.LanClient.MacAddress);
        var valid = new byte[ArpPacket.Size];
        new ArpPacket(ArpOperation.Request, sender, InetAddress.Parse("192.168.3.50"), default, InetAddress.Parse("192.168.3.100")).Write(valid);
        var frame = new byte[128];
        for (var n = 0; n < frames; n++)
        {
            new EthernetHeader(targets[n % 2], sender, EtherType.Arp).Write(frame);
            var body = frame.AsSpan(EthernetHeader.Size);
            var size = run.Random.Next(body.Length);
            if (n % 4 < 2)
                run.Random.NextBytes(body);
            else
            {
                valid.CopyTo(body);
                // One of the fields that make it ARP for IPv4 over Ethernet.
                body[run.Random.Next(6)] ^= (byte)run.Random.Next(1, 256);
            }
            link.Send(frame.AsSpan(0, EthernetHeader.Size + size));
        }
    }
}
