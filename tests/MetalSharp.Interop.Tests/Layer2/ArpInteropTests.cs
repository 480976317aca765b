using System.Diagnostics;

namespace MetalSharp.Interop.Tests.Layer2;

/// <summary>The layer-2 announcer against other people's tools on a real network.</summary>
public sealed class ArpInteropTests
{
    private const string Vip = "10.9.0.100";

    [Fact]
    public async Task Arping_gets_exactly_one_reply_per_request_with_the_right_MAC()
    {
        Lan.SkipUnless("arping", "-V");
        await using var lan = await AnnouncingAsync(Vip, "10.9.0.102");
        var output = lan.OnClient("arping", "-I", "lan0", "-c", "3", Vip);
        Assert.Contains("Received 3 response(s)", output, StringComparison.Ordinal);
        Assert.Equal(3, Occurrences(output, $"Unicast reply from {Vip} [{lan.MacOf("eth0").ToUpperInvariant()}]"));
        Assert.Equal(3, Occurrences(output, "reply from"));

        var metrics = await lan.MetricsAsync();
        Assert.Equal(3, metrics[$"metallb_layer2_requests_received{{ip=\"{Vip}\"}}"]);
        Assert.Equal(3, metrics[$"metallb_layer2_responses_sent{{ip=\"{Vip}\"}}"]);
    }

    [Fact]
    public async Task Arping_finds_the_duplicate_of_an_address_that_is_announced_and_of_no_other()
    {
        Lan.SkipUnless("arping", "-V");
        await using var lan = await AnnouncingAsync(Vip, "10.9.0.102");
        var (taken, output) = lan.AtClient("arping", "-D", "-I", "lan0", "-c", "2", "-w", "2", Vip);
        Assert.Equal(1, taken);
        Assert.Contains($"Unicast reply from {Vip}", output, StringComparison.Ordinal);
        // Between two announced addresses, so that it is the filter's range that is exact.
        lan.OnClient("arping", "-D", "-I", "lan0", "-c", "2", "-w", "2", "10.9.0.101");
    }

    [Fact]
    public async Task An_address_that_is_withdrawn_is_not_answered_from_then_on()
    {
        Lan.SkipUnless("arping", "-V");
        await using var lan = await AnnouncingAsync(Vip);
        Assert.Equal(0, Ask(lan, "lan0", Vip).ExitCode);
        await lan.AnnounceAsync();
        Assert.Contains("Received 0 response(s)", Ask(lan, "lan0", Vip).Output, StringComparison.Ordinal);
        await lan.AnnounceAsync(Vip);
        Assert.Equal(0, Ask(lan, "lan0", Vip).ExitCode);
    }

    [Fact]
    public async Task Tshark_finds_no_malformed_frame_in_a_takeover()
    {
        Lan.SkipUnless("tshark", "-v");
        Lan.SkipUnless("arping", "-V");
        await using var lan = await AnnouncingAsync();
        var capture = Path.Combine(Path.GetTempPath(), $"metalsharp-{Guid.NewGuid():n}.pcap");
        try
        {
            using var tshark = lan.StartAtClient("tshark", "-q", "-i", "lan0", "-f", "arp", "-a", "duration:8", "-w", capture);
            while (await tshark.StandardError.ReadLineAsync() is { } line && !line.Contains("Capture started", StringComparison.Ordinal))
            {
            }

            await lan.AnnounceAsync(Vip);
            lan.OnClient("arping", "-I", "lan0", "-c", "2", Vip);
            lan.AtClient("arping", "-D", "-I", "lan0", "-c", "1", "-w", "1", Vip);
            await tshark.WaitForExitAsync();

            var mac = lan.MacOf("eth0");
            Assert.Equal("", Frames(capture, "_ws.malformed || _ws.expert.severity >= \"Error\""));
            var announcements = $"eth.src == {mac} && eth.dst == ff:ff:ff:ff:ff:ff && arp.src.hw_mac == {mac} && arp.src.proto_ipv4 == {Vip} && arp.dst.proto_ipv4 == {Vip}";
            // The whole burst: five rounds in five seconds, a request and a reply in each.
            Assert.Equal(5, Lines(Frames(capture, $"{announcements} && arp.opcode == 1 && arp.isannouncement")));
            Assert.Equal(5, Lines(Frames(capture, $"{announcements} && arp.opcode == 2 && arp.isgratuitous && arp.dst.hw_mac == {mac}")));
            Assert.Equal(3, Lines(Frames(capture, $"eth.src == {mac} && eth.dst != ff:ff:ff:ff:ff:ff && arp.opcode == 2")));
        }
        finally
        {
            File.Delete(capture);
        }
    }

    [Fact]
    public async Task The_kernel_of_a_neighbour_learns_the_new_owner_from_the_announcement_alone()
    {
        await using var lan = await AnnouncingAsync();
        lan.OnClient("ip", "neigh", "replace", Vip, "lladdr", "02:00:00:00:00:99", "dev", "lan0", "nud", "stale");
        await lan.AnnounceAsync(Vip);
        var mac = lan.MacOf("eth0");
        await EventuallyAsync(() => lan.OnClient("ip", "neigh", "show", Vip).Contains($"lladdr {mac}", StringComparison.Ordinal), "the neighbour still has the old owner");
    }

    [Fact]
    public async Task Interfaces_may_come_go_and_change_while_addresses_are_announced()
    {
        Lan.SkipUnless("arping", "-V");
        await using var lan = await AnnouncingAsync(Vip);

        lan.AddLink("lan1", "eth1");
        await lan.UntilInterfacesAsync(2);
        Assert.Equal(0, Ask(lan, "lan1", Vip).ExitCode);

        lan.OnResponder("ip", "link", "set", "eth0", "address", "02:00:00:00:00:77");
        await EventuallyAsync(() => Ask(lan, "lan0", Vip).Output.Contains("[02:00:00:00:00:77]", StringComparison.Ordinal), "the answer does not have the new MAC");

        lan.OnResponder("ip", "link", "del", "eth1");
        await lan.UntilInterfacesAsync(1);
        Assert.Equal(0, Ask(lan, "lan0", Vip).ExitCode);

        // The cable out and in again: the address is announced anew.
        lan.OnClient("ip", "link", "set", "lan0", "down");
        await lan.UntilInterfacesAsync(0);
        var before = (await lan.MetricsAsync())[$"metallb_layer2_gratuitous_sent{{ip=\"{Vip}\"}}"];
        lan.OnClient("ip", "link", "set", "lan0", "up");
        await lan.UntilInterfacesAsync(1);
        await lan.UntilAsync(metrics => metrics[$"metallb_layer2_gratuitous_sent{{ip=\"{Vip}\"}}"] >= before + 2, "not announced anew");

        // A bridge takes the interface over, and answers in its place.
        lan.OnResponder("ip", "link", "add", "br0", "type", "bridge");
        lan.OnResponder("ip", "link", "set", "br0", "up");
        lan.OnResponder("ip", "link", "set", "eth0", "master", "br0");
        await EventuallyAsync(() => Ask(lan, "lan0", Vip).Output.Contains($"[{lan.MacOf("br0").ToUpperInvariant()}]", StringComparison.Ordinal), "the bridge does not answer");

        var log = await lan.EndAsync();
        // An interface that is deleted goes down first.
        Assert.Contains("\"interface\":\"eth1\",\"reason\":\"Down\"", log, StringComparison.Ordinal);
        Assert.Contains("\"interface\":\"eth0\",\"reason\":\"NoCarrier\"", log, StringComparison.Ordinal);
        Assert.Contains("\"interface\":\"eth0\",\"reason\":\"Enslaved\"", log, StringComparison.Ordinal);
        Assert.DoesNotContain("layer2Failed", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Thirty_two_interfaces_answer_with_one_thread()
    {
        Lan.SkipUnless("arping", "-V");
        await using var lan = await AnnouncingAsync(Vip);
        for (var i = 1; i < 32; i++)
            lan.AddLink($"lan{i}", $"eth{i}");
        await lan.UntilInterfacesAsync(32);
        for (var i = 0; i < 32; i++)
        {
            var (exitCode, output) = Ask(lan, $"lan{i}", Vip);
            Assert.Equal(0, exitCode);
            Assert.Contains($"[{lan.MacOf($"eth{i}").ToUpperInvariant()}]", output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_flood_of_malformed_frames_changes_nothing_and_leaks_nothing()
    {
        Lan.SkipUnless("unshare", "-Urnm", "true");
        using var flood = Process.Start(new ProcessStartInfo("dotnet", [Lan.BenchmarksPath(), "arp", "--runs", "0"]) { RedirectStandardOutput = true })!;
        var output = await flood.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await flood.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(flood.ExitCode == 0, output);
    }

    [Fact]
    public async Task Without_NET_RAW_it_says_what_to_do()
    {
        Lan.SkipUnless("unshare", "-Urnm", "setpriv", "--bounding-set", "-net_raw", "true");
        using var denied = Process.Start(new ProcessStartInfo(
            "unshare", ["-Urnm", "setpriv", "--bounding-set", "-net_raw", "--inh-caps", "-net_raw", "dotnet", Lan.BenchmarksPath(), "arp-responder"])
        {
            RedirectStandardInput = true,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        })!;
        var said = await denied.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await denied.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(1, denied.ExitCode);
        Assert.Contains("give it the capability NET_RAW", said, StringComparison.Ordinal);
    }

    private static async Task<Lan> AnnouncingAsync(params string[] addresses)
    {
        var lan = await Lan.CreateAsync();
        await lan.UntilInterfacesAsync(1);
        await lan.AnnounceAsync(addresses);
        return lan;
    }

    private static (int ExitCode, string Output) Ask(Lan lan, string interfaceName, string address) =>
        lan.AtClient("arping", "-I", interfaceName, "-s", "10.9.0.1", "-c", "1", "-w", "1", address);

    private static async Task EventuallyAsync(Func<bool> holds, string otherwise)
    {
        for (var patience = Stopwatch.StartNew(); !holds(); await Task.Delay(10))
            Assert.True(patience.Elapsed < TimeSpan.FromSeconds(10), otherwise);
    }

    private static string Frames(string capture, string filter)
    {
        using var tshark = Process.Start(new ProcessStartInfo("tshark", ["-r", capture, "-Y", filter]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = tshark.StandardOutput.ReadToEnd();
        tshark.WaitForExit();
        Assert.Equal(0, tshark.ExitCode);
        return output;
    }

    private static int Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length;

    private static int Occurrences(string text, string part) => text.Split(part).Length - 1;
}
