using System.Diagnostics;
using MetalSharp.Kubernetes;
using MetalSharp.Kubernetes.Models;

namespace MetalSharp.Lab.Nodes;

/// <summary>Stands in for kube-proxy: gives every node the service rules that follow from the Services and their endpoints.</summary>
internal sealed class ServiceProxy(Store<V1Service> services, Store<V1EndpointSlice> slices, Func<IReadOnlyList<LabNode>> nodes)
{
    private readonly Dictionary<string, string> _inForce = [];

    public async Task PassAsync(CancellationToken stop)
    {
        var started = Stopwatch.GetTimestamp();
        var byService = slices.Objects.Values.ToLookup(s => (s.Metadata.Namespace, s.Metadata.Labels?.GetValueOrDefault("kubernetes.io/service-name")));
        var ports = services.Objects.Values.OrderBy(ObjectName.Of)
            .SelectMany(s => ProxiedPort.Of(s, byService[(s.Metadata.Namespace, s.Metadata.Name)].ToList())).ToList();
        var changed = nodes().Select(n => (Node: n, Rules: ServiceRules.For(n.Name, ports)))
            .Where(n => _inForce.GetValueOrDefault(n.Node.Name) != n.Rules).ToList();
        await Task.WhenAll(changed.Select(c => Tool.RunAsync(c.Node.Host.Namespace.Command("nft", "-f", "-"), c.Rules, stop: stop)));
        foreach (var (node, rules) in changed)
            _inForce[node.Name] = rules;
        // With many Services in motion a pass costs; never more than half of the time is spent on it.
        if (changed.Count > 0)
            await Task.Delay(Stopwatch.GetElapsedTime(started), stop);
    }
}
