namespace MetalSharp.Announcement;

/// <summary>Which nodes of a snapshot may announce at all, whatever the Service.</summary>
internal sealed class NodeEligibility
{
    private readonly Dictionary<NodeName, ClusterNode> _nodes;
    private readonly IReadOnlySet<NodeName> _liveSpeakers;

    public NodeEligibility(ClusterSnapshot snapshot)
    {
        _liveSpeakers = snapshot.LiveSpeakers;
        _nodes = new(snapshot.Nodes.Count);
        foreach (var node in snapshot.Nodes)
            _nodes[node.Name] = node;
        Eligible = [.. _liveSpeakers.Where(node => Reason(node) is null).Order()];
        Candidates = PreferReady(Eligible);
    }

    /// <summary>Sorted by name.</summary>
    public NodeName[] Eligible { get; }

    /// <summary>The eligible nodes that are Ready, or all of them where none is. Sorted by name.</summary>
    public NodeName[] Candidates { get; }

    /// <summary>Every node that the cluster or membership knows, sorted by name.</summary>
    public IEnumerable<NodeName> Everyone => _nodes.Keys.Union(_liveSpeakers).Order();

    public ExclusionReason? Reason(NodeName name)
    {
        if (!_liveSpeakers.Contains(name))
            return ExclusionReason.NoLiveSpeaker;
        if (!_nodes.TryGetValue(name, out var node))
            return ExclusionReason.NodeUnknown;
        if (node.Labels.ContainsKey(ClusterNode.ExcludeLabel))
            return ExclusionReason.NodeExcludedByLabel;
        return node.IsNetworkUnavailable ? ExclusionReason.NodeNetworkUnavailable : null;
    }

    /// <summary>A node that is not Ready is avoided, but a doubtful announcer is better than none.</summary>
    public NodeName[] PreferReady(NodeName[] eligible)
    {
        var ready = Array.FindAll(eligible, node => _nodes[node].IsReady);
        return ready.Length == 0 || ready.Length == eligible.Length ? eligible : ready;
    }
}
