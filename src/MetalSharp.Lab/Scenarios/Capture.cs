using System.Diagnostics;
using System.Net;
using MetalSharp.Lab.Nodes;

namespace MetalSharp.Lab.Scenarios;

/// <summary>What tcpdump saw on the switch, judged by tshark. Where either is missing, that is said and nothing is judged.</summary>
internal sealed class Capture : IDisposable
{
    private readonly string _file;
    private readonly Process? _tcpdump;

    private Capture(string file, Process? tcpdump) => (_file, _tcpdump) = (file, tcpdump);

    public static async Task<Capture> StartAsync(Lab lab, string name)
    {
        var file = Path.Combine(lab.LogFolder, name + ".pcap");
        if (!Tool.Exists("tcpdump") || !Tool.Exists("tshark"))
            return new(file, null);
        var tcpdump = Tool.Start(["tcpdump", "-i", lab.Network.Lan.Name, "-Z", "root", "-U", "-w", file, "arp"], null, Tool.Streams.Error);
        // It says so when it listens.
        while (await tcpdump.StandardError.ReadLineAsync() is { } line && !line.Contains("listening on", StringComparison.Ordinal)) { }
        return new(file, tcpdump);
    }

    public async Task ExpectNoMalformedFrameAsync(ScenarioRun run, IPAddress address)
    {
        if (_tcpdump is null)
        {
            run.Say("  (tcpdump and tshark are not both installed: the frames are not looked at)");
            return;
        }
        _tcpdump.Send(Signal.Terminate);
        await _tcpdump.WaitForExitAsync(run.Stop);
        var malformed = await CountAsync("_ws.malformed", run.Stop);
        var gratuitous = await CountAsync($"arp.isgratuitous and arp.src.proto_ipv4 == {address}", run.Stop);
        run.Say($"  tshark on a takeover: {await CountAsync("arp", run.Stop)} ARP frames, {gratuitous} of them gratuitous for {address}, {malformed} malformed");
        run.Expect(malformed == 0, $"{malformed} malformed frames in the capture of a takeover");
        run.Expect(gratuitous > 0, $"no gratuitous ARP for {address} in the capture of a takeover");
    }

    private async Task<int> CountAsync(string filter, CancellationToken stop) =>
        (await Tool.RunAsync(["tshark", "-r", _file, "-Y", filter, "-T", "fields", "-e", "frame.number"], stop: stop))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries).Length;

    public void Dispose()
    {
        if (_tcpdump is { HasExited: false })
            _tcpdump.Kill();
        _tcpdump?.Dispose();
    }
}
