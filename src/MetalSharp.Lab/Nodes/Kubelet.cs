using MetalSharp.Kubernetes;
using MetalSharp.Kubernetes.Models;

namespace MetalSharp.Lab.Nodes;

/// <summary>The kubelets of all nodes: starts the pods that are assigned to a node, ends those that are deleted.</summary>
internal sealed class Kubelet(KubeletSettings settings, Store<V1Pod> pods, Func<string, LabNode?> node)
{
    private volatile IReadOnlyDictionary<string, PodRun> _runs = new Dictionary<string, PodRun>();

    /// <summary>Called when something has ended here that the next pass should clear away.</summary>
    public required Action Changed { get; init; }

    public IEnumerable<PodRun> Runs => _runs.Values;

    public PodRun? Find(string @namespace, string name) =>
        Runs.FirstOrDefault(r => r.Pod.Metadata.Namespace == @namespace && r.Pod.Metadata.Name == name && !r.Ended.IsCompleted);

    public Task PassAsync(CancellationToken stop)
    {
        var runs = new Dictionary<string, PodRun>(_runs);
        var wanted = pods.Objects.Values.Where(p => p.Metadata.DeletionTimestamp is null).ToDictionary(p => p.Metadata.Uid!);
        foreach (var (uid, run) in runs.Where(r => !wanted.ContainsKey(r.Key)).ToList())
        {
            if (!run.StopAsync().IsCompleted)
                continue;
            if (run.Address is { } address)
                run.Node.Release(address);
            run.Dispose();
            runs.Remove(uid);
        }
        foreach (var (uid, pod) in wanted)
            if (!runs.ContainsKey(uid) && pod.Spec?.NodeName is { } name && node(name) is { } place)
                runs.Add(uid, new(settings, place, pod, pod.Spec.HostNetwork == true ? null : place.TakeAddress(), Changed));
        _runs = runs;
        return Task.CompletedTask;
    }
}
