using System.Diagnostics;
using System.Net;
using MetalSharp.Lab.Network;
using MetalSharp.Lab.Nodes;

namespace MetalSharp.Lab.Scenarios;

/// <summary>What `make demo` shows: a Service gets its address, the network delivers it, and goes on when the announcing node dies.</summary>
internal sealed class Demo : Scenario
{
    private const string Samples = "config/samples/layer2.yaml";

    public override string Name => "demo";

    public override string Description => "a Service gets its address, a page is fetched through it, the announcing speaker is killed, the page is fetched again";

    public override string Manifests => "deploy/overlays/metallb-system";

    public override async Task RunAsync(ScenarioRun run)
    {
        run.Say($"A cluster of {run.Lab.Cluster.Nodes.Count} nodes is up in network namespaces; MetalSharp runs in it as deploy/ says.");
        await Show(run, "get", "nodes");

        run.Say($"Its configuration and a Service go in. This is {Samples}, an example from 2019:");
        await Show(run, "apply", "-f", MetalSharpProgram.FindInRepository(Samples));
        run.Say("And three pods for the Service, small web servers that say who they are:");
        await run.DeployAsync("web", 3);
        await Show(run, "get", "pods", "-o", "wide");
        await run.WaitForSpeakersAsync();
        var address = await run.AddressOfAsync("web");
        await Show(run, "get", "service", "web", "-o", "wide");

        using var probe = ArpProbe.Start(run.LanClient, address);
        var owner = await run.OwnerAtRestAsync(probe, $"{address}");
        run.Say($"Who has {address}? On the LAN, {owner.Name} ({owner.Host.MacAddress}) answers. The Service's events say the same:");
        await Show(run, "get", "events", "--field-selector", "regarding.name=web");
        var before = await FetchAsync(run, address);

        run.Say($"Now the speaker on {owner.Name} is killed (kill -9), and is not started again.");
        var speaker = run.SpeakerOf(owner);
        speaker.HoldRestarts();
        var fault = Stopwatch.GetTimestamp();
        speaker.Process!.Send(Signal.Kill);
        var ownerMac = owner.Host.MacAddress;
        var answer = await probe.FirstAsync(fault, a => a.Mac.ToString() != ownerMac, TimeSpan.FromSeconds(10), run.Stop);
        run.Expect(answer is not null, $"nobody took {address} over within 10 s");
        var takeover = Stopwatch.GetElapsedTime(fault, answer!.Value.Time).TotalMilliseconds;
        var next = await run.OwnerAtRestAsync(probe, $"{address} after the takeover");
        run.Say($"{next.Name} answered {takeover:F0} ms later.");
        var after = await FetchAsync(run, address);
        run.Measure(Measurement.Of("takeover after kill -9", "ms", [takeover]));

        run.Say();
        run.Table(["what was seen", ""],
            ["EXTERNAL-IP of the Service", address.ToString()],
            ["announced by", $"{owner.Name} ({ownerMac})"],
            ["page before", before],
            ["kill -9: takeover after", $"{takeover:F0} ms"],
            ["announced by then", $"{next.Name} ({next.Host.MacAddress})"],
            ["page after", after]);
    }

    private static async Task Show(ScenarioRun run, params string[] arguments)
    {
        run.Say();
        run.Say($"  $ kubectl {string.Join(' ', arguments.Select(a => a.StartsWith('/') ? Path.GetRelativePath(Environment.CurrentDirectory, a) : a))}");
        foreach (var line in (await run.KubectlAsync(arguments)).TrimEnd().Split('\n'))
            run.Say("  " + line);
        run.Say();
    }

    /// <summary>With curl on the client, as anybody would.</summary>
    private static async Task<string> FetchAsync(ScenarioRun run, IPAddress address)
    {
        string[] curl = ["curl", "-s", "-S", "--max-time", "5", $"http://{address}:8080/"];
        run.Say();
        run.Say($"  client$ {string.Join(' ', curl)}");
        var page = (await Tool.RunAsync(run.LanClient.Namespace.Command(curl), stop: run.Stop)).Trim();
        run.Say("  " + page);
        run.Say();
        return page;
    }
}
