using MetalSharp.Net;

namespace MetalSharp.Announcement;

/// <summary>What one node does about one address of one Service.</summary>
/// <param name="Service">The Service.</param>
/// <param name="Address">One of its addresses.</param>
/// <param name="Pool">The pool the address belongs to, or null where the configuration has none for it.</param>
/// <param name="Owner">The node whose speaker answers for the address, or null where nobody does.</param>
/// <param name="Reason">Why this node does not announce the address for the Service, or null where it does.</param>
public readonly record struct AddressAnnouncement(
    ServiceKey Service, InetAddress Address, PoolName? Pool, NodeName? Owner, ExclusionReason? Reason)
{
    public bool IsAnnounced => Reason is null;
}

/// <summary>Who may announce an address of a Service, and why the others may not.</summary>
/// <param name="Owner">The first of the candidates, or null where there is none.</param>
/// <param name="Candidates">In the order in which they take over from each other.</param>
/// <param name="Excluded">Every other node, by name.</param>
public sealed record Layer2Explanation(
    NodeName? Owner, EquatableArray<NodeName> Candidates, EquatableArray<ExcludedNode> Excluded);

/// <summary>A node that is no candidate, and why.</summary>
public readonly record struct ExcludedNode(NodeName Node, ExclusionReason Reason);
