using System.Diagnostics;
using MetalSharp.Lab.Network;
using MetalSharp.Lab.Nodes;

namespace MetalSharp.Lab.Scenarios;

/// <summary>externalTrafficPolicy: Local. Only a node with a ready pod announces, and the pod sees who asks.</summary>
internal sealed class LocalPolicy : Scenario
{
    public override string Name => "local-policy";

    public override string Description => "externalTrafficPolicy Local: the announcer follows a moving pod, which sees the client's address";

    public override int Runs => 5;

    public override async Task RunAsync(ScenarioRun run)
    {
        await run.WaitForSpeakersAsync();
        await run.ConfigureLanPoolAsync();
        await run.DeployAsync("web", 1);
        var address = await run.ExposeAsync(ScenarioRun.BalancedService("web", policy: "Local"));
        using var probe = ArpProbe.Start(run.LanClient, address);

        var delays = new List<double>();
        for (var n = 0; n < run.Settings.Runs; n++)
        {
            var node = run.Lab.Cluster.Nodes[(n + 1) % run.Lab.Cluster.Nodes.Count];
            await MoveAsync(run, node);
            var ready = Stopwatch.GetTimestamp();
            var answer = await probe.FirstAsync(ready, a => a.Mac.ToString() == node.Host.MacAddress, TimeSpan.FromSeconds(10), run.Stop);
            run.Expect(answer is not null, $"the pod is on {node.Name}, which does not answer for {address}");
            delays.Add(Stopwatch.GetElapsedTime(ready, answer!.Value.Time).TotalMilliseconds);

            var owner = await run.OwnerAtRestAsync(probe, $"{address}");
            run.Expect(owner == node, $"the pod is on {node.Name}, and {owner.Name} answers for {address}");
            var page = await run.FetchAsync(run.LanClient, address);
            run.Expect(page is not null, $"no page from {address} with the pod on {node.Name}");
            run.Expect(page!.Node == node.Name && page.Client == run.LanClient.Address.ToString(),
                $"the pod on {node.Name} should see the client {run.LanClient.Address}; it says: {page}");
        }
        run.Measure(Measurement.Of("pod ready elsewhere: to the first answer from there", "ms", delays, 500));

        await run.KubectlAsync("scale", "deployment", "web", "--replicas=0");
        await run.UntilSilentAsync(probe, $"{address} is answered though no node has a pod");
        run.Say("Without a pod, nobody answers.");
    }

    private static async Task MoveAsync(ScenarioRun run, LabNode node)
    {
        await run.KubectlAsync("patch", "deployment", "web", "-p",
            $$"""{"spec": {"template": {"spec": {"nodeSelector": {"kubernetes.io/hostname": "{{node.Name}}"} } } } }""");
        await run.UntilAsync(() => run.PodsOf("web").ToList() is [var pod] && pod.Spec?.NodeName == node.Name && Workloads.IsReady(pod),
            TimeSpan.FromSeconds(15), $"the pod does not become ready on {node.Name}");
    }
}
