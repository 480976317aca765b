namespace MetalSharp.Announcement;

/// <summary>A Node object, as far as announcing goes.</summary>
public sealed class ClusterNode(NodeName name)
{
    /// <summary>A node with this label, whatever its value, is kept out of external load balancers.</summary>
    public const string ExcludeLabel = "node.kubernetes.io/exclude-from-external-load-balancers";

    public NodeName Name { get; } = name;

    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>The condition Ready is True, or there is no such condition.</summary>
    public bool IsReady { get; init; } = true;

    /// <summary>The condition NetworkUnavailable is True.</summary>
    public bool IsNetworkUnavailable { get; init; }
}
