using MetalSharp.Net;

namespace MetalSharp.Membership;

/// <summary>
/// Finds out which speakers are alive: each one sends a heartbeat to every other one each <see cref="Interval"/>. Simple, and
/// quadratic in the cluster: 64 members cost each of them 630 small datagrams a second in each direction; the gossip that
/// replaces it behind the same events and actions does not grow. Not authenticated.
/// </summary>
/// <remarks>
/// <para>A member is dead after <see cref="DeadAfter"/> of silence, at once when it says that it leaves, and when its host refuses
/// two datagrams in a row: then the process is gone and the host is there.</para>
/// <para>A member that starts says that it is joining until it has decided what to announce, and is not counted on before: what
/// moves to it moves when it is there to take it. Speakers that start together count on each other for a short while.</para>
/// <para>Owned by one loop: feed it every event, perform the actions in order, and come back at <see cref="Deadline"/>.</para>
/// </remarks>
public sealed class HeartbeatMembership
{
    /// <summary>The time between two heartbeats to one member.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    /// <summary>A member that was not heard for this long is dead.</summary>
    public static readonly TimeSpan DeadAfter = TimeSpan.FromSeconds(1);

    /// <summary>How long a speaker listens, from when it first knows whom to listen to, before it says who is alive.</summary>
    public static readonly TimeSpan SettleTime = TimeSpan.FromSeconds(1);

    /// <summary>How long members that were joining when this speaker settled are counted on without being ready.</summary>
    public static readonly TimeSpan JoinGrace = TimeSpan.FromSeconds(2);

    // Not turned for this long: what came in meanwhile has not been seen yet, so silence proves nothing.
    private static readonly TimeSpan Stall = 3 * Interval;

    private static readonly TimeSpan NameTakenRepeat = TimeSpan.FromMinutes(1);

    private readonly NodeName _self;
    private readonly ulong _incarnation;
    private readonly Dictionary<NodeName, Peer> _peers = [];
    private readonly List<MembershipAction> _actions = [];

    // Addresses that the API lists under our own name: our own, unless two speakers were given one name.
    private Member[] _namesakes = [];

    private ReadOnlyMemory<byte> _heartbeat;
    private bool _isSettled;
    private bool _liveChanged;
    private bool _hasLeft;
    private Instant? _lastTurn;
    private Instant? _settles;
    private Instant _graceEnds;
    private Instant _nextHeartbeat;
    private Instant? _nameTakenSaid;

    /// <param name="self">The name of the own node.</param>
    /// <param name="incarnation">Higher than that of any former process of this node.</param>
    /// <exception cref="ArgumentException">The name cannot be the name of a Node.</exception>
    public HeartbeatMembership(NodeName self, ulong incarnation)
    {
        (_self, _incarnation) = (self, incarnation);
        _heartbeat = Datagram(HeartbeatKind.Joining);
    }

    /// <summary>When to send <see cref="MembershipEvent.Elapsed"/> next.</summary>
    public Instant Deadline { get; private set; } = Instant.Never;

    /// <summary>Handles one event. The list is reused: it is valid until the next call.</summary>
    public IReadOnlyList<MembershipAction> Handle(MembershipEvent happened, Instant now)
    {
        _actions.Clear();
        if (_hasLeft)
            return _actions;
        ForgiveOwnStall(now);
        switch (happened)
        {
            case MembershipEvent.MembersKnown known:
                Know(known.Members, now);
                break;
            case MembershipEvent.Received received:
                Hear(received.Datagram.Span, received.From, now);
                break;
            case MembershipEvent.Refused refused:
                BeRefused(refused.Member);
                break;
            case MembershipEvent.Ready:
                _heartbeat = Datagram(HeartbeatKind.Ready);
                SendToAll(_heartbeat);
                break;
            case MembershipEvent.Elapsed:
                Tick(now);
                break;
            case MembershipEvent.Leaving:
                Leave();
                return _actions;
        }

        TellLive();
        return _actions;
    }

    // A process that was frozen or starved must not take its own absence for that of all others.
    private void ForgiveOwnStall(Instant now)
    {
        if (_lastTurn is { } last && now - last > Stall)
        {
            foreach (var peer in _peers.Values)
                peer.LastHeard = now;
            if (!_isSettled && _settles is not null)
                _settles = now + SettleTime;
        }

        _lastTurn = now;
    }

    private void Know(IReadOnlyCollection<Member> members, Instant now)
    {
        _namesakes = [.. members.Where(member => member.Node == _self)];
        var listed = members.Where(member => member.Node != _self)
            .GroupBy(member => member.Node).ToDictionary(group => group.Key, group => group.Min(member => member.Address));
        foreach (var gone in _peers.Keys.Where(node => !listed.ContainsKey(node)).ToList())
        {
            if (_peers.Remove(gone, out var peer) && Counts(peer))
                Change(gone, MemberChange.Unlisted);
        }

        foreach (var (node, address) in listed)
        {
            if (_peers.TryGetValue(node, out var peer) && peer.Address == address)
                continue;
            peer ??= _peers[node] = new();
            peer.Address = address;
            _actions.Add(new MembershipAction.Send(new(node, address), _heartbeat));
        }

        if (_settles is null)
        {
            _settles = now + SettleTime;
            _nextHeartbeat = now + Interval;
            Deadline = _nextHeartbeat;
        }
    }

    private void Hear(ReadOnlySpan<byte> bytes, InetAddress from, Instant now)
    {
        if (!HeartbeatDatagram.TryParse(bytes, out var heard))
            Drop(DropReason.Malformed);
        else if (heard.Node == _self)
            HearOwnName(heard, from, now);
        else if (!_peers.TryGetValue(heard.Node, out var peer))
            Drop(DropReason.UnknownSender);
        else if (IsStale(peer, heard, now))
            Drop(DropReason.StaleIncarnation);
        else
            Hear(heard, peer, now);
    }

    private void HearOwnName(HeartbeatDatagram heard, InetAddress from, Instant now)
    {
        // The API lists this speaker too, so it sends to itself.
        if (heard.Incarnation == _incarnation)
            return;
        Drop(DropReason.OwnName);
        if (_nameTakenSaid is { } said && now - said < NameTakenRepeat)
            return;
        _nameTakenSaid = now;
        _actions.Add(new MembershipAction.NameTaken(from));
    }

    // After a while even a lower incarnation must be a new process: the clock it was taken from has been set back.
    private static bool IsStale(Peer peer, HeartbeatDatagram heard, Instant now) =>
        peer.LastHeard is { } last && now - last < DeadAfter
        && (heard.Incarnation < peer.Incarnation || (heard.Incarnation == peer.Incarnation && peer.State == PeerState.Left));

    private void Hear(HeartbeatDatagram heard, Peer peer, Instant now)
    {
        var counted = Counts(peer);
        if (heard.Incarnation != peer.Incarnation)
            peer.Begin(heard.Incarnation);
        // It speaks, so its host was wrong, or something on the way answers in its name (a firewall that rejects).
        else if (peer.State == PeerState.Refused)
            peer.IsRefusalBelieved = false;
        peer.LastHeard = now;
        peer.Refusals = 0;
        peer.State = heard.Kind switch
        {
            HeartbeatKind.Leaving => PeerState.Left,
            // Nobody goes back from ready to joining: such a datagram was overtaken on its way.
            HeartbeatKind.Joining when peer.State != PeerState.Ready => PeerState.Joining,
            _ => PeerState.Ready,
        };
        if (Counts(peer) != counted)
            Change(heard.Node, counted ? peer.State == PeerState.Left ? MemberChange.Left : MemberChange.Restarted : MemberChange.Joined);
    }

    private void BeRefused(NodeName member)
    {
        if (!_peers.TryGetValue(member, out var peer) || !peer.IsHeard || !peer.IsRefusalBelieved)
            return;
        if (++peer.Refusals == 1)
        {
            // One may be a late echo of a restart. The answer to a second one is only a round trip away.
            _actions.Add(new MembershipAction.Send(new(member, peer.Address), _heartbeat));
            return;
        }

        Lose(member, peer, PeerState.Refused, MemberChange.Refused);
    }

    private void Tick(Instant now)
    {
        if (_settles is not { } settles)
            return;
        foreach (var (node, peer) in _peers)
        {
            if (peer.IsHeard && now - peer.LastHeard >= DeadAfter)
                Lose(node, peer, PeerState.Silent, MemberChange.Silent);
        }

        if (!_isSettled && now >= settles)
            Settle(now);
        if (now >= _graceEnds)
            EndGrace();
        if (now >= _nextHeartbeat)
        {
            SendToAll(_heartbeat);
            _nextHeartbeat = now + Interval;
        }

        Deadline = _nextHeartbeat;
        if (!_isSettled)
            Deadline = Instant.Min(Deadline, settles);
        foreach (var peer in _peers.Values)
        {
            if (peer.IsHeard && peer.LastHeard is { } heard)
                Deadline = Instant.Min(Deadline, heard + DeadAfter);
        }
    }

    private void Settle(Instant now)
    {
        _isSettled = true;
        _graceEnds = now + JoinGrace;
        foreach (var (node, peer) in _peers)
        {
            peer.IsPresumed = peer.State == PeerState.Joining;
            if (Counts(peer))
                Change(node, MemberChange.Joined);
        }

        _liveChanged = true;
    }

    private void EndGrace()
    {
        foreach (var (node, peer) in _peers)
        {
            if (peer.IsPresumed && peer.State == PeerState.Joining)
                Change(node, MemberChange.NotReady);
            peer.IsPresumed = false;
        }
    }

    private void Leave()
    {
        _hasLeft = true;
        Deadline = Instant.Never;
        var leaving = Datagram(HeartbeatKind.Leaving);
        // Twice, since nobody will be there to repeat it.
        SendToAll(leaving);
        SendToAll(leaving);
    }

    private void Lose(NodeName node, Peer peer, PeerState state, MemberChange change)
    {
        if (Counts(peer))
            Change(node, change);
        peer.State = state;
    }

    private void Change(NodeName node, MemberChange change)
    {
        _actions.Add(new MembershipAction.MemberChanged(node, change));
        _liveChanged = true;
    }

    private void TellLive()
    {
        if (!_liveChanged)
            return;
        _liveChanged = false;
        _actions.Add(new MembershipAction.MembershipChanged(
            new HashSet<NodeName>([_self, .. _peers.Where(peer => Counts(peer.Value)).Select(peer => peer.Key)])));
    }

    private bool Counts(Peer peer) =>
        _isSettled && (peer.State == PeerState.Ready || (peer.State == PeerState.Joining && peer.IsPresumed));

    private void SendToAll(ReadOnlyMemory<byte> datagram)
    {
        foreach (var (node, peer) in _peers)
            _actions.Add(new MembershipAction.Send(new(node, peer.Address), datagram));
        foreach (var namesake in _namesakes)
            _actions.Add(new MembershipAction.Send(namesake, datagram));
    }

    private void Drop(DropReason reason) => _actions.Add(new MembershipAction.Dropped(reason));

    private byte[] Datagram(HeartbeatKind kind) => new HeartbeatDatagram(kind, _incarnation, _self).ToBytes();

    private enum PeerState
    {
        Unheard,
        Joining,
        Ready,
        Left,
        Silent,
        Refused,
    }

    private sealed class Peer
    {
        public InetAddress Address { get; set; }

        public PeerState State { get; set; }

        public ulong Incarnation { get; private set; }

        public Instant? LastHeard { get; set; }

        public int Refusals { get; set; }

        public bool IsRefusalBelieved { get; set; } = true;

        /// <summary>Counted on although it is only joining: it started together with this speaker.</summary>
        public bool IsPresumed { get; set; }

        public bool IsHeard => State is PeerState.Joining or PeerState.Ready;

        public void Begin(ulong incarnation)
        {
            State = PeerState.Unheard;
            IsPresumed = false;
            Incarnation = incarnation;
            IsRefusalBelieved = true;
        }
    }
}
