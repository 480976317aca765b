using MetalSharp.Kubernetes.Models;

namespace MetalSharp.Lab.Nodes;

/// <summary>The lab's scheduler: pods of one owner are spread, then the emptiest node is taken, then the first by name.</summary>
internal static class Placement
{
    public static string? Choose(V1Pod pod, IEnumerable<V1Node> nodes, IReadOnlyCollection<V1Pod> pods)
    {
        var owner = OwnerOf(pod);
        return nodes.Where(n => Selects(pod.Spec, n)).Select(n => n.Metadata.Name!)
            .OrderBy(n => pods.Count(p => p.Spec?.NodeName == n && OwnerOf(p) == owner && owner is not null))
            .ThenBy(n => pods.Count(p => p.Spec?.NodeName == n))
            .FirstOrDefault();
    }

    public static bool Selects(V1PodSpec? spec, V1Node node) =>
        (spec?.NodeSelector ?? new Dictionary<string, string>()).All(s => node.Metadata.Labels?.GetValueOrDefault(s.Key) == s.Value);

    private static string? OwnerOf(V1Pod pod) => (pod.Metadata.OwnerReferences ?? []).FirstOrDefault(o => o.Controller == true)?.Uid;
}
