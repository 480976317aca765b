using System.Runtime.InteropServices;
using MetalSharp.Configuration;
using MetalSharp.Net;

namespace MetalSharp.Announcement;

/// <summary>
/// What one node should announce, and the reason for every yes and no: a pure function of a snapshot, so that every speaker
/// that sees the same cluster finds the same owner for every address. Immutable.
/// </summary>
public sealed class AnnouncementPlan
{
    private static readonly NodeName[] Nobody = [];

    private readonly NodeEligibility _nodes;
    private readonly NodeName[] _clusterCandidates;
    private readonly Dictionary<InetAddress, Election> _elections;
    private readonly HashSet<InetAddress> _layer2Addresses = [];
    private readonly List<AddressAnnouncement> _announcements = [];

    private AnnouncementPlan(ClusterSnapshot snapshot, NodeName node, AnnouncementPlan? previous)
    {
        Snapshot = snapshot;
        Node = node;
        _nodes = new(snapshot);
        // The same array as before where nothing changed: then a comparison of candidates is one of references.
        _clusterCandidates = previous is not null && previous._clusterCandidates.AsSpan().SequenceEqual(_nodes.Candidates)
            ? previous._clusterCandidates
            : _nodes.Candidates;

        var candidates = new NodeName[snapshot.Services.Count][];
        for (var i = 0; i < candidates.Length; i++)
            candidates[i] = CandidatesOf(snapshot.Services[i]);
        _elections = Elections(candidates);
        Elect(previous);
        for (var i = 0; i < candidates.Length; i++)
            Decide(snapshot.Services[i], candidates[i]);
    }

    /// <summary>What the plan is a function of.</summary>
    public ClusterSnapshot Snapshot { get; }

    public NodeName Node { get; }

    /// <summary>One for each address of each Service, in no particular order.</summary>
    public IReadOnlyList<AddressAnnouncement> Announcements => _announcements;

    /// <summary>The addresses that this node answers ARP and NDP for.</summary>
    public IReadOnlySet<InetAddress> Layer2Addresses => _layer2Addresses;

    /// <param name="snapshot">The cluster as it is now.</param>
    /// <param name="node">Whose plan it is.</param>
    /// <param name="previous">
    /// An earlier plan of any snapshot, or null. It never changes the result; it spares hashing every node for every address again.
    /// </param>
    public static AnnouncementPlan For(ClusterSnapshot snapshot, NodeName node, AnnouncementPlan? previous = null) =>
        new(snapshot, node, previous);

    /// <summary>Everything about one address of one Service, for people and for <c>simulate</c>.</summary>
    /// <exception cref="KeyNotFoundException">No Service of the snapshot has the address.</exception>
    public Layer2Explanation Explain(LoadBalancerService service, InetAddress address)
    {
        var election = _elections[address];
        var refusal = PoolRefusal(PoolOf(address));
        var candidates = refusal is null ? election.Candidates : Nobody;
        var own = CandidatesOf(service);
        var excluded = _nodes.Everyone
            .Where(node => !Contains(candidates, node))
            .Select(node => new ExcludedNode(node, refusal ?? WhyNoCandidate(node, service, own)));
        return new(
            refusal is null ? election.Owner : null,
            Layer2Election.Order(election.Key, candidates).ToEquatableArray(),
            excluded.ToEquatableArray());
    }

    /// <summary>Why a node, any node, does not announce an address of a Service, or null where it does.</summary>
    /// <exception cref="KeyNotFoundException">No Service of the snapshot has the address.</exception>
    public ExclusionReason? Verdict(NodeName node, LoadBalancerService service, InetAddress address) =>
        PoolRefusal(PoolOf(address)) ?? Verdict(node, service, CandidatesOf(service), _elections[address]);

    private void Decide(LoadBalancerService service, NodeName[] own)
    {
        foreach (var address in service.Addresses)
        {
            var pool = PoolOf(address);
            if (PoolRefusal(pool) is { } refusal)
            {
                _announcements.Add(new(service.Key, address, pool?.Name, null, refusal));
                continue;
            }

            var reason = Verdict(Node, service, own, _elections[address]);
            if (reason is null)
                _layer2Addresses.Add(address);
            _announcements.Add(new(service.Key, address, pool!.Name, _elections[address].Owner, reason));
        }
    }

    private ExclusionReason? Verdict(NodeName node, LoadBalancerService service, NodeName[] own, Election election)
    {
        if (!Contains(own, node) || !Contains(election.Candidates, node))
            return WhyNoCandidate(node, service, own);
        return election.Owner == node ? null : ExclusionReason.NotOwner;
    }

    private NodeName[] CandidatesOf(LoadBalancerService service)
    {
        var serving = NodesThatServe(service.Key);
        if (serving.Count == 0)
            return Nobody;
        return service.ExternalTrafficPolicy == ExternalTrafficPolicy.Cluster
            ? _clusterCandidates
            : _nodes.PreferReady(Array.FindAll(_nodes.Eligible, node => serving.Contains(node)));
    }

    // An endpoint without a node serves too, though it is local nowhere.
    private HashSet<NodeName?> NodesThatServe(ServiceKey service)
    {
        var nodes = new HashSet<NodeName?>();
        if (!Snapshot.Endpoints.TryGetValue(service, out var endpoints))
            return nodes;
        // While a pod moves between slices both may list it: what says that it cannot serve wins.
        var unable = endpoints.Where(endpoint => !endpoint.CanServe).Select(endpoint => endpoint.Address).ToHashSet();
        foreach (var endpoint in endpoints)
        {
            if (!unable.Contains(endpoint.Address))
                nodes.Add(endpoint.Node);
        }

        return nodes;
    }

    private Dictionary<InetAddress, Election> Elections(NodeName[][] candidates)
    {
        var elections = new Dictionary<InetAddress, Election>(candidates.Length);
        for (var i = 0; i < candidates.Length; i++)
        {
            var addresses = Snapshot.Services[i].Addresses;
            foreach (var address in addresses)
            {
                ref var election = ref CollectionsMarshal.GetValueRefOrAddDefault(elections, address, out var shared);
                if (shared)
                    election!.Join(addresses[0], candidates[i]);
                else
                    election = new(addresses[0], candidates[i]);
            }
        }

        return elections;
    }

    private void Elect(AnnouncementPlan? previous)
    {
        NodeName[]? joined = null;
        foreach (var (address, election) in _elections)
        {
            election.Settle();
            if (previous is null || !previous._elections.TryGetValue(address, out var before) || before.Key != election.Key)
            {
                election.Owner = Layer2Election.Owner(election.Key, election.Candidates);
            }
            else if (before.Candidates.AsSpan().SequenceEqual(election.Candidates))
            {
                election.Owner = before.Owner;
            }
            else if (ReferenceEquals(election.Candidates, _clusterCandidates)
                && ReferenceEquals(before.Candidates, previous._clusterCandidates)
                && before.Owner is { } owner && Contains(election.Candidates, owner))
            {
                // Only a newcomer can come before an owner that stays.
                joined ??= Array.FindAll(_clusterCandidates, node => !Contains(previous._clusterCandidates, node));
                election.Owner = Layer2Election.Owner(election.Key, [owner, .. joined]);
            }
            else
            {
                election.Owner = Layer2Election.Owner(election.Key, election.Candidates);
            }
        }
    }

    private ExclusionReason WhyNoCandidate(NodeName node, LoadBalancerService service, NodeName[] own)
    {
        if (NodesThatServe(service.Key) is not { Count: > 0 } serving)
            return ExclusionReason.NoReadyEndpoint;
        if (_nodes.Reason(node) is { } reason)
            return reason;
        if (service.ExternalTrafficPolicy == ExternalTrafficPolicy.Local && !serving.Contains(node))
            return ExclusionReason.NoReadyLocalEndpoint;
        return Contains(own, node) ? ExclusionReason.ServesFewerSharers : ExclusionReason.NodeNotReady;
    }

    private AddressPool? PoolOf(InetAddress address)
    {
        foreach (var pool in Snapshot.Configuration.Pools)
        {
            if (pool.Contains(address))
                return pool;
        }

        return null;
    }

    private static ExclusionReason? PoolRefusal(AddressPool? pool)
    {
        if (pool is null)
            return ExclusionReason.AddressNotInPool;
        return pool.Protocols.HasFlag(AnnouncementProtocols.Layer2) ? null : ExclusionReason.ProtocolNotLayer2;
    }

    private static bool Contains(NodeName[] sorted, NodeName node) => Array.BinarySearch(sorted, node) >= 0;

    /// <summary>Who may answer for one address, and who does. Services that share the address must agree on one node.</summary>
    private sealed class Election(InetAddress key, NodeName[] candidates)
    {
        private List<NodeName[]>? _sharers;

        /// <summary>The address that is hashed: the first one of the Service, the lowest of those where Services share.</summary>
        public InetAddress Key { get; private set; } = key;

        /// <summary>Sorted by name.</summary>
        public NodeName[] Candidates { get; private set; } = candidates;

        public NodeName? Owner { get; set; }

        public void Join(InetAddress key, NodeName[] candidates)
        {
            Key = key < Key ? key : Key;
            (_sharers ??= [Candidates]).Add(candidates);
        }

        /// <summary>Keeps the nodes that serve the most of the Services that share the address.</summary>
        public void Settle()
        {
            if (_sharers is null)
                return;
            var serving = _sharers.FindAll(candidates => candidates.Length > 0);
            _sharers = null;
            if (serving.Count == 0)
                return;
            Candidates = serving[0];
            if (serving.TrueForAll(candidates => ReferenceEquals(candidates, serving[0])))
                return;
            var counts = serving.SelectMany(candidates => candidates).CountBy(node => node).ToList();
            var most = counts.Max(count => count.Value);
            Candidates = [.. counts.Where(count => count.Value == most).Select(count => count.Key).Order()];
        }
    }
}
