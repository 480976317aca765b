using MetalSharp.Net;

namespace MetalSharp.Membership;

/// <summary>What membership wants done, or tells.</summary>
public abstract record MembershipAction
{
    private MembershipAction()
    {
    }

    /// <summary>One datagram to one member, from the own node.</summary>
    public sealed record Send(Member To, ReadOnlyMemory<byte> Datagram) : MembershipAction;

    /// <summary>The speakers that are alive now, this one among them. The first one comes when membership has settled: nothing is to be decided before.</summary>
    public sealed record MembershipChanged(IReadOnlySet<NodeName> Live) : MembershipAction;

    /// <summary>Another member came or went: for logs and counters.</summary>
    public sealed record MemberChanged(NodeName Member, MemberChange Change) : MembershipAction;

    /// <summary>A datagram that changes nothing.</summary>
    public sealed record Dropped(DropReason Reason) : MembershipAction;

    /// <summary>Somebody else goes by this speaker's name. Said at most once a minute.</summary>
    public sealed record NameTaken(InetAddress By) : MembershipAction;
}

/// <summary>How a member came or went.</summary>
public enum MemberChange
{
    /// <summary>It is heard and ready to announce.</summary>
    Joined,

    /// <summary>It said that it leaves.</summary>
    Left,

    /// <summary>Nothing was heard of it for <see cref="HeartbeatMembership.DeadAfter"/>: the host is gone, frozen or cut off.</summary>
    Silent,

    /// <summary>Its host says that the process is gone.</summary>
    Refused,

    /// <summary>Another process has taken its place and is not ready yet.</summary>
    Restarted,

    /// <summary>It started together with this speaker, and is not ready long after it.</summary>
    NotReady,

    /// <summary>The API does not list it any more.</summary>
    Unlisted,
}

/// <summary>Why a datagram was dropped.</summary>
public enum DropReason
{
    /// <summary>It is not one of ours, or of a version that this speaker does not know.</summary>
    Malformed,

    /// <summary>The API lists no speaker of that name.</summary>
    UnknownSender,

    /// <summary>It comes from a process that has ended since.</summary>
    StaleIncarnation,

    /// <summary>It carries this speaker's own name, and another process sent it.</summary>
    OwnName,
}
