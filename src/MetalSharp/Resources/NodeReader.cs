using MetalSharp.Announcement;
using MetalSharp.Kubernetes.Models;

namespace MetalSharp.Resources;

/// <summary>Node objects, as far as announcing goes.</summary>
internal static class NodeReader
{
    private const string Ready = "Ready";
    private const string NetworkUnavailable = "NetworkUnavailable";
    private const string True = "True";

    /// <summary>Keeps what <see cref="Read"/> reads, and what names the object.</summary>
    public static V1Node Trim(V1Node node) => new()
    {
        Metadata = new V1ObjectMeta
        {
            Name = node.Metadata.Name,
            ResourceVersion = node.Metadata.ResourceVersion,
            Labels = node.Metadata.Labels,
        },
        Status = new V1NodeStatus
        {
            Conditions = node.Status?.Conditions?
                .Where(condition => condition.Type is Ready or NetworkUnavailable)
                .Select(condition => new V1NodeCondition { Type = condition.Type, Status = condition.Status })
                .ToArray(),
        },
    };

    public static ClusterNode Read(V1Node node) => new(new NodeName(node.Metadata.Name ?? ""))
    {
        Labels = node.Metadata.Labels ?? new Dictionary<string, string>(),
        IsReady = Status(node, Ready) is null or True,
        IsNetworkUnavailable = Status(node, NetworkUnavailable) is True,
    };

    private static string? Status(V1Node node, string type) =>
        node.Status?.Conditions?.FirstOrDefault(condition => condition.Type == type)?.Status;
}
