using System.Text.Json.Nodes;
using MetalSharp.Kubernetes;
using MetalSharp.Kubernetes.Models;
using MetalSharp.Lab.Network;

namespace MetalSharp.Lab.Nodes;

/// <summary>The nodes and the control loops around the API server: everything of a cluster that is not MetalSharp.</summary>
internal sealed class Cluster : IAsyncDisposable
{
    private readonly KubernetesClient _client;
    private readonly LabNetwork _network;
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _loops = [];
    private volatile IReadOnlyList<LabNode> _nodes = [];

    public Cluster(KubernetesClient client, LabNetwork network, KubeletSettings settings)
    {
        (_client, _network) = (client, network);
        var logger = settings.Logger;
        Informer<T> Watch<T>(ResourceKind<T> kind, Action changed) where T : class, IKubernetesObject
        {
            var informer = new Informer<T>(client, kind, new(), changed, TimeProvider.System, logger);
            _loops.Add(informer.RunAsync(_stop.Token));
            return informer;
        }

        ControlLoop? workloads = null, kubelet = null, endpoints = null, proxy = null;
        void Ring(params ReadOnlySpan<ControlLoop?> loops)
        {
            foreach (var loop in loops)
                loop?.Ring();
        }

        Pods = Watch(ResourceKinds.Pods, () => Ring(workloads, kubelet, endpoints)).Store;
        Services = Watch(ResourceKinds.Services, () => Ring(endpoints, proxy)).Store;
        Slices = Watch(ResourceKinds.EndpointSlices, () => Ring(endpoints, proxy)).Store;
        var nodes = Watch(ResourceKinds.Nodes, () => Ring(workloads)).Store;
        var deployments = Watch(ResourceKinds.Deployments, () => Ring(workloads)).Store;
        var daemonSets = Watch(ResourceKinds.DaemonSets, () => Ring(workloads)).Store;

        Kubelet = new(settings, Pods, name => _nodes.FirstOrDefault(n => n.Name == name)) { Changed = () => Ring(kubelet) };
        ControlLoop Loop(string name, Func<CancellationToken, Task> pass, Func<bool> synced)
        {
            var loop = new ControlLoop(name, stop => synced() ? pass(stop) : Task.CompletedTask, logger);
            _loops.Add(loop.RunAsync(_stop.Token));
            return loop;
        }

        workloads = Loop("workloads", new Workloads(client, deployments, daemonSets, Pods, nodes).PassAsync,
            () => deployments.HasSynced && daemonSets.HasSynced && Pods.HasSynced && nodes.HasSynced);
        kubelet = Loop("kubelet", Kubelet.PassAsync, () => Pods.HasSynced);
        endpoints = Loop("endpoint slices", new EndpointSlices(client, Services, Pods, Slices).PassAsync, () => Services.HasSynced && Pods.HasSynced && Slices.HasSynced);
        proxy = Loop("service proxy", new ServiceProxy(Services, Slices, () => _nodes).PassAsync, () => Services.HasSynced && Slices.HasSynced);
        _nodeAdded = () => Ring(workloads, kubelet, endpoints, proxy);
        _nodeAdded();
    }

    private readonly Action _nodeAdded;

    public Kubelet Kubelet { get; }

    public Store<V1Pod> Pods { get; }

    public Store<V1Service> Services { get; }

    public Store<V1EndpointSlice> Slices { get; }

    public IReadOnlyList<LabNode> Nodes => _nodes;

    public LabNode Node(string name) => _nodes.FirstOrDefault(n => n.Name == name) ?? throw new LabException($"the lab has no node {name}");

    /// <summary>Makes a host a node: pods can reach it and run on it, and the API knows it as Ready.</summary>
    public async Task AddNodeAsync(LabHost host, CancellationToken stop)
    {
        var node = new LabNode(host, _nodes.Count + 1);
        await node.SetUpAsync(stop);
        var others = _nodes;
        await Task.WhenAll(others.Select(o => o.Host.Namespace.ConfigureAsync([node.RouteLine], stop)));
        if (others.Count > 0)
            await host.Namespace.ConfigureAsync(others.Select(o => o.RouteLine), stop);
        await NetworkNamespace.Root.ConfigureAsync([node.RouteLine], stop);
        _nodes = [.. others, node];
        await RegisterAsync(node, stop);
        _nodeAdded();
    }

    private async Task RegisterAsync(LabNode node, CancellationToken stop)
    {
        await _client.CreateAsync(ResourceKinds.Nodes, new()
        {
            Metadata = new()
            {
                Name = node.Name,
                Labels = new Dictionary<string, string> { ["kubernetes.io/hostname"] = node.Name, ["kubernetes.io/os"] = "linux" },
            },
            Spec = new() { PodCIDR = node.PodNetwork, PodCIDRs = [node.PodNetwork] },
        }, stop);
        var now = DateTimeOffset.UtcNow.ToString("yyyy-MM-ddTHH:mm:ssZ");
        JsonObject Condition(string type, string status, string reason) => new()
        {
            ["type"] = type,
            ["status"] = status,
            ["reason"] = reason,
            ["lastHeartbeatTime"] = now,
            ["lastTransitionTime"] = now,
        };
        await _client.PatchAsync(ResourceKinds.Nodes, null, node.Name, Patch.Merge(new()
        {
            ["status"] = new JsonObject
            {
                ["addresses"] = new JsonArray(
                    new JsonObject { ["type"] = "InternalIP", ["address"] = node.Host.Address.ToString() },
                    new JsonObject { ["type"] = "Hostname", ["address"] = node.Name }),
                ["conditions"] = new JsonArray(Condition("Ready", "True", "KubeletReady"), Condition("NetworkUnavailable", "False", "RouteCreated")),
                ["nodeInfo"] = new JsonObject
                {
                    ["kubeletVersion"] = "metalsharp-lab",
                    ["osImage"] = "network namespace",
                    ["operatingSystem"] = "linux",
                    ["kernelVersion"] = Environment.OSVersion.Version.ToString(3),
                    ["containerRuntimeVersion"] = "metalsharp-lab",
                },
            },
        }), "status", stop);
    }

    /// <summary>Ends the loops. The pods are left to the end of the lab, which is the end of every process in it.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_loops).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }
}
