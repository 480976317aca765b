using System.Diagnostics;
using System.Net;
using MetalSharp.Kubernetes;
using MetalSharp.Kubernetes.Models;
using MetalSharp.Lab.Network;
using MetalSharp.Lab.Nodes;
using MetalSharp.Net;
using Spectre.Console;

namespace MetalSharp.Lab.Scenarios;

/// <summary>One run of a scenario: the lab, what is said and measured, and the things most scenarios do.</summary>
internal sealed class ScenarioRun(Lab lab, ScenarioSettings settings, TextWriter narration, CancellationToken stop)
{
    public const string Namespace = "default";
    private readonly List<Measurement> _measurements = [];

    public Lab Lab => lab;

    public ScenarioSettings Settings => settings;

    public CancellationToken Stop => stop;

    public Random Random { get; } = new(settings.Seed);

    public KubernetesClient Client => lab.Client;

    public LabHost LanClient => lab.Network.Client;

    public IReadOnlyList<Measurement> Measurements => _measurements;

    public void Say(string text = "") => narration.WriteLine(text);

    public void Table(IReadOnlyList<string> head, params IEnumerable<IReadOnlyList<string>> rows)
    {
        var table = new Table { Border = TableBorder.Rounded };
        foreach (var title in head)
            table.AddColumn(Markup.Escape(title));
        foreach (var row in rows)
            table.AddRow([.. row.Select(Markup.Escape)]);
        var console = AnsiConsole.Create(new() { Out = new AnsiConsoleOutput(narration) });
        // Where there is no terminal to fit into, nothing need be broken up.
        if (Console.IsOutputRedirected)
            console.Profile.Width = 160;
        console.Write(table);
    }

    /// <summary>How many expectations have held so far.</summary>
    public int Held { get; private set; }

    public void Expect(bool holds, string otherwise)
    {
        Held += holds ? 1 : 0;
        if (!holds)
            throw new ExpectationException(otherwise);
    }

    /// <summary>Keeps and tells a measurement. One over its budget makes the scenario fail, but not stop.</summary>
    public Measurement Measure(Measurement measured)
    {
        _measurements.Add(measured);
        var budget = measured.Budget > 0 ? $", allowed {measured.Budget}" : "";
        Say($"  {measured.Name}: p50 {measured.P50}, p99 {measured.P99}, max {measured.Max} {measured.Unit} (n = {measured.N}{budget}){(measured.Ok ? "" : "  <- too much")}");
        return measured;
    }

    public Task<string> KubectlAsync(params IEnumerable<string> arguments) => lab.KubectlAsync(arguments, null, stop);

    public Task ApplyAsync(string yaml) => lab.KubectlAsync(["apply", "-f", "-"], yaml, stop);

    /// <summary>Waits until something holds that only looking again can tell.</summary>
    public async Task UntilAsync(Func<bool> holds, TimeSpan patience, string otherwise)
    {
        var started = Stopwatch.GetTimestamp();
        while (!holds())
        {
            if (Stopwatch.GetElapsedTime(started) > patience)
                throw new ExpectationException(otherwise);
            await Task.Delay(10, stop);
        }
        Held++;
    }

    public async Task UntilAsync(Func<Task<bool>> holds, TimeSpan patience, Func<string> otherwise)
    {
        var started = Stopwatch.GetTimestamp();
        while (!await holds())
        {
            if (Stopwatch.GetElapsedTime(started) > patience)
                throw new ExpectationException(otherwise());
            await Task.Delay(200, stop);
        }
        Held++;
    }

    /// <summary>Puts address pools (the YAML of the ConfigMap's key) into force.</summary>
    public Task ConfigureAsync(string text) => ApplyAsync($$"""
        apiVersion: v1
        kind: ConfigMap
        metadata: {namespace: {{lab.SystemNamespace}}, name: config}
        data:
          config: |
        {{string.Join('\n', text.Split('\n').Select(l => "    " + l))}}
        """);

    public Task ConfigureLanPoolAsync() => KubectlAsync("apply", "-f", MetalSharpProgram.FindInRepository("config/samples/pool.yaml"));

    /// <summary>The ordinary cluster: speakers, the pool of the LAN, three page servers behind one address, which is returned.</summary>
    public async Task<IPAddress> ServePageAsync()
    {
        await WaitForSpeakersAsync();
        await ConfigureLanPoolAsync();
        await DeployAsync("web", 3);
        return await ExposeAsync(BalancedService("web"));
    }

    /// <summary>A Deployment of page servers.</summary>
    public async Task DeployAsync(string name, int replicas)
    {
        await ApplyAsync($$"""
            apiVersion: apps/v1
            kind: Deployment
            metadata: {namespace: {{Namespace}}, name: {{name}}}
            spec:
              replicas: {{replicas}}
              selector: {matchLabels: {app: {{name}} } }
              template:
                metadata: {labels: {app: {{name}} } }
                spec:
                  containers: [{name: page, image: page, ports: [{containerPort: 80}]}]
            """);
        await UntilAsync(() => PodsOf(name).Count(Workloads.IsReady) == replicas, TimeSpan.FromSeconds(20), $"the {replicas} pods of {name} do not become ready");
    }

    public IEnumerable<V1Pod> PodsOf(string app) => lab.Cluster.Pods.Objects.Values.Where(p => p.Metadata.Namespace == Namespace && p.Metadata.Labels?.GetValueOrDefault("app") == app);

    public static V1Service BalancedService(string name, string? app = null, string policy = "Cluster") => new()
    {
        Metadata = new() { Namespace = Namespace, Name = name },
        Spec = new()
        {
            Type = "LoadBalancer",
            ExternalTrafficPolicy = policy,
            Selector = new Dictionary<string, string> { ["app"] = app ?? name },
            Ports = [new() { Port = 80 }],
        },
    };

    /// <summary>Creates a Service of type LoadBalancer and waits for its address.</summary>
    public async Task<IPAddress> ExposeAsync(V1Service service)
    {
        await Client.CreateAsync(ResourceKinds.Services, service, stop);
        return await AddressOfAsync(service.Metadata.Name!);
    }

    public async Task<IPAddress> AddressOfAsync(string service, int patienceSeconds = 20)
    {
        IPAddress? address = null;
        await UntilAsync(() => (address = AddressOf(service)) is not null, TimeSpan.FromSeconds(patienceSeconds),
            $"Service {service} has no address after {patienceSeconds} s");
        return address!;
    }

    public IPAddress? AddressOf(string service) => lab.Cluster.Services.Find(new(Namespace, service)) is { } found ? AddressOf(found) : null;

    public static IPAddress? AddressOf(V1Service service) =>
        service.Status?.LoadBalancer?.Ingress is [{ Ip: { } ip }, ..] ? IPAddress.Parse(ip) : null;

    public LabNode NodeOf(MacAddress mac) =>
        lab.Cluster.Nodes.FirstOrDefault(n => n.Host.MacAddress == mac.ToString()) ?? throw new ExpectationException($"{mac}, which answers, is the MAC of no node");

    public PodRun SpeakerOf(LabNode node) =>
        lab.Cluster.Kubelet.Runs.FirstOrDefault(r => r.Node == node && Lab.IsSpeaker(r.Pod) && !r.Ended.IsCompleted)
        ?? throw new ExpectationException($"node {node.Name} has no speaker");

    public IEnumerable<PodRun> Speakers => lab.Cluster.Kubelet.Runs.Where(r => Lab.IsSpeaker(r.Pod) && !r.Ended.IsCompleted);

    public IEnumerable<PodRun> Controllers => lab.Cluster.Kubelet.Runs.Where(r => Lab.IsController(r.Pod) && !r.Ended.IsCompleted);

    /// <summary>Asks until exactly one node has answered for a while, and gives that node.</summary>
    public async Task<LabNode> OwnerAtRestAsync(ArpProbe probe, string what)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            var since = Stopwatch.GetTimestamp();
            await Task.Delay(300, stop);
            if (probe.Since(since).Select(a => a.Mac).Distinct().ToList() is [var only] && probe.Since(since).Count() > 20)
                return NodeOf(only);
            Expect(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(15),
                $"{what} has not exactly one owner at rest: {Seen(probe, since)}");
        }
    }

    public async Task UntilOwnerAsync(ArpProbe probe, LabNode owner, string otherwise)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            var since = Stopwatch.GetTimestamp();
            await Task.Delay(200, stop);
            var macs = probe.Since(since).Select(a => a.Mac.ToString()).Distinct().ToList();
            if (macs is [var only] && only == owner.Host.MacAddress)
                return;
            Expect(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(15), $"{otherwise}: {Seen(probe, since)}");
        }
    }

    public async Task UntilSilentAsync(ArpProbe probe, string otherwise)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            var since = Stopwatch.GetTimestamp();
            await Task.Delay(300, stop);
            if (!probe.Since(since).Any())
                return;
            Expect(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(10), $"{otherwise}: {Seen(probe, since)}");
        }
    }

    public static string Seen(ArpProbe probe, long since) =>
        probe.Since(since).Select(a => a.Mac).Distinct().Select(m => m.ToString()).ToList() is { Count: > 0 } macs ? "answers from " + string.Join(" and ", macs) : "no answer";

    /// <summary>The page as a host of the LAN sees it.</summary>
    public async Task<Page?> FetchAsync(LabHost from, IPAddress address, int port = 80, int seconds = 2) =>
        await Page.FetchAsync(from, new(address, port), TimeSpan.FromSeconds(seconds), stop);

    public async Task WaitForControllersAsync() =>
        await UntilAsync(() => Controllers.Any() && Controllers.All(s => s.IsReady), TimeSpan.FromSeconds(30), "not all controllers become ready");

    public async Task WaitForSpeakersAsync() =>
        await UntilAsync(() => Speakers.Count(s => s.IsReady) == lab.Cluster.Nodes.Count, TimeSpan.FromSeconds(30), "not all speakers become ready");

}
