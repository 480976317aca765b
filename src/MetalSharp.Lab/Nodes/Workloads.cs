using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using MetalSharp.Kubernetes;
using MetalSharp.Kubernetes.Models;

namespace MetalSharp.Lab.Nodes;

/// <summary>
/// Deployments, DaemonSets and the scheduler in one: makes the pods that are wanted, deletes those that are not, and gives
/// every pod a node. A Deployment has its pods directly, without a ReplicaSet between, and a changed template replaces them all.
/// </summary>
internal sealed class Workloads(
    KubernetesClient client, Store<V1Deployment> deployments, Store<V1DaemonSet> daemonSets, Store<V1Pod> pods, Store<V1Node> nodes)
{
    private const string TemplateHash = "pod-template-hash";

    /// <summary>Pods that were asked for and have not come back by the watch yet: they count, lest they be made twice.</summary>
    private readonly Dictionary<ObjectName, V1Pod> _underway = [];

    public async Task PassAsync(CancellationToken stop)
    {
        foreach (var name in _underway.Keys.Where(n => pods.Find(n) is not null).ToList())
            _underway.Remove(name);
        var present = pods.Objects.Values.Concat(_underway.Values).Where(p => p.Metadata.DeletionTimestamp is null).ToList();
        var usable = nodes.Objects.Values.Where(n => n.Spec?.Unschedulable != true).OrderBy(n => n.Metadata.Name, StringComparer.Ordinal).ToList();

        foreach (var deployment in deployments.Objects.Values.Where(d => d.Metadata.DeletionTimestamp is null))
            await KeepAsync(deployment, present, usable, stop);
        foreach (var daemonSet in daemonSets.Objects.Values.Where(d => d.Metadata.DeletionTimestamp is null))
            await KeepAsync(daemonSet, present, usable, stop);
        foreach (var orphan in present.Where(HasLostItsOwner))
            await client.DeleteAsync(ResourceKinds.Pods, orphan.Metadata.Namespace, orphan.Metadata.Name!, cancel: stop);
        foreach (var pod in present.Where(p => p.Spec?.NodeName is null && pods.Find(ObjectName.Of(p)) is not null))
            if (Placement.Choose(pod, usable, present) is { } node)
                await client.PatchAsync(ResourceKinds.Pods, pod.Metadata.Namespace, pod.Metadata.Name!,
                    Patch.Merge(new() { ["spec"] = new JsonObject { ["nodeName"] = node } }), cancel: stop);
    }

    private async Task KeepAsync(V1Deployment deployment, List<V1Pod> present, List<V1Node> usable, CancellationToken stop)
    {
        var template = deployment.Spec!.Template!;
        var hash = HashOf(template);
        var own = OwnedBy(present, deployment.Metadata.Uid).ToList();
        var current = own.Where(p => p.Metadata.Labels?.GetValueOrDefault(TemplateHash) == hash).ToList();
        var replicas = deployment.Spec.Replicas ?? 1;

        foreach (var old in own.Except(current).Concat(current.OrderBy(IsReady).Take(current.Count - replicas)))
            await client.DeleteAsync(ResourceKinds.Pods, old.Metadata.Namespace, old.Metadata.Name!, cancel: stop);
        for (var missing = replicas - current.Count; missing > 0; missing--)
        {
            var pod = PodOf(ResourceKinds.Deployments, deployment, template, $"{deployment.Metadata.Name}-{hash}-", hash);
            pod = pod with { Spec = pod.Spec! with { NodeName = Placement.Choose(pod, usable, present) } };
            await CreateAsync(pod, stop);
            present.Add(pod);
        }

        var ready = current.Count(IsReady);
        if (deployment.Status is { } s && (s.Replicas ?? 0, s.ReadyReplicas ?? 0, s.ObservedGeneration) == (replicas, ready, deployment.Metadata.Generation))
            return;
        await SetStatusAsync(ResourceKinds.Deployments, deployment, new()
        {
            ["observedGeneration"] = deployment.Metadata.Generation,
            ["replicas"] = replicas,
            ["updatedReplicas"] = replicas,
            ["readyReplicas"] = ready,
            ["availableReplicas"] = ready,
            ["unavailableReplicas"] = replicas - ready,
            ["conditions"] = new JsonArray(new JsonObject
            {
                ["type"] = "Available",
                ["status"] = ready >= replicas ? "True" : "False",
                ["reason"] = ready >= replicas ? "MinimumReplicasAvailable" : "MinimumReplicasUnavailable",
            }),
        }, stop);
    }

    private async Task KeepAsync(V1DaemonSet daemonSet, List<V1Pod> present, List<V1Node> usable, CancellationToken stop)
    {
        var template = daemonSet.Spec!.Template!;
        var hash = HashOf(template);
        var own = OwnedBy(present, daemonSet.Metadata.Uid).ToList();
        var wanted = usable.Where(n => Placement.Selects(template.Spec, n)).Select(n => n.Metadata.Name!).ToList();
        var kept = own.Where(p => p.Metadata.Labels?.GetValueOrDefault(TemplateHash) == hash && wanted.Contains(p.Spec!.NodeName!))
            .DistinctBy(p => p.Spec!.NodeName).ToList();

        foreach (var old in own.Except(kept))
            await client.DeleteAsync(ResourceKinds.Pods, old.Metadata.Namespace, old.Metadata.Name!, cancel: stop);
        foreach (var node in wanted.Except(kept.Select(p => p.Spec!.NodeName!)))
        {
            var pod = PodOf(ResourceKinds.DaemonSets, daemonSet, template, $"{daemonSet.Metadata.Name}-", hash);
            await CreateAsync(pod with { Spec = pod.Spec! with { NodeName = node } }, stop);
        }

        var ready = kept.Count(IsReady);
        if (daemonSet.Status is { } s && (s.DesiredNumberScheduled, s.NumberReady, s.ObservedGeneration) == (wanted.Count, ready, daemonSet.Metadata.Generation))
            return;
        await SetStatusAsync(ResourceKinds.DaemonSets, daemonSet, new()
        {
            ["observedGeneration"] = daemonSet.Metadata.Generation,
            ["desiredNumberScheduled"] = wanted.Count,
            ["currentNumberScheduled"] = wanted.Count,
            ["updatedNumberScheduled"] = wanted.Count,
            ["numberReady"] = ready,
            ["numberAvailable"] = ready,
            ["numberMisscheduled"] = 0,
        }, stop);
    }

    private async Task CreateAsync(V1Pod pod, CancellationToken stop) =>
        _underway[ObjectName.Of(await client.CreateAsync(ResourceKinds.Pods, pod, stop))] = pod;

    private static V1Pod PodOf(ResourceKind kind, IKubernetesObject owner, V1PodTemplateSpec template, string prefix, string hash) => new()
    {
        Metadata = new()
        {
            Namespace = owner.Metadata.Namespace,
            // Chosen here and not by the server, so that what was asked for is known even when the answer is lost.
            Name = prefix + RandomNumberGenerator.GetString("bcdfghjklmnpqrstvwxz2456789", 5),
            Labels = new Dictionary<string, string>(template.Metadata.Labels ?? new Dictionary<string, string>()) { [TemplateHash] = hash },
            Annotations = template.Metadata.Annotations,
            OwnerReferences =
            [
                new() { ApiVersion = kind.ApiVersion, Kind = kind.Kind, Name = owner.Metadata.Name, Uid = owner.Metadata.Uid, Controller = true, BlockOwnerDeletion = true },
            ],
        },
        Spec = template.Spec,
    };

    private bool HasLostItsOwner(V1Pod pod) => (pod.Metadata.OwnerReferences ?? []).FirstOrDefault(o => o.Controller == true) is { } owner && owner.Kind switch
    {
        "Deployment" => deployments.Find(new(pod.Metadata.Namespace, owner.Name!))?.Metadata.Uid != owner.Uid,
        "DaemonSet" => daemonSets.Find(new(pod.Metadata.Namespace, owner.Name!))?.Metadata.Uid != owner.Uid,
        _ => false,
    };

    private Task<T> SetStatusAsync<T>(ResourceKind<T> kind, T target, JsonObject status, CancellationToken stop) where T : class, IKubernetesObject =>
        client.PatchAsync(kind, target.Metadata.Namespace, target.Metadata.Name!, Patch.Merge(new() { ["status"] = status }), "status", stop);

    private static IEnumerable<V1Pod> OwnedBy(IEnumerable<V1Pod> pods, string? uid) =>
        pods.Where(p => (p.Metadata.OwnerReferences ?? []).Any(o => o.Controller == true && o.Uid == uid));

    public static bool IsReady(V1Pod pod) => (pod.Status?.Conditions ?? []).Any(c => c is { Type: "Ready", Status: "True" });

    private static string HashOf(V1PodTemplateSpec template) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(template, ResourceKinds.Deployments.ObjectType.Options))))[..8];
}
