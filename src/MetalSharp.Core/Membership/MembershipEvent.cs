using MetalSharp.Net;

namespace MetalSharp.Membership;

/// <summary>What happens to membership. The vocabulary is that of any failure detector; today's is <see cref="HeartbeatMembership"/>.</summary>
public abstract record MembershipEvent
{
    private MembershipEvent()
    {
    }

    /// <summary>The API lists these speakers, all of them. While the API is away this event just does not come.</summary>
    public sealed record MembersKnown(IReadOnlyCollection<Member> Members) : MembershipEvent;

    /// <summary>A datagram came in, from anybody. The bytes are only read while the event is handled.</summary>
    public sealed record Received(ReadOnlyMemory<byte> Datagram, InetAddress From) : MembershipEvent;

    /// <summary>The host of the member answered that nobody listens there (ICMP port unreachable).</summary>
    public sealed record Refused(NodeName Member) : MembershipEvent;

    /// <summary>This speaker has decided what it announces for the first time: from now on it may be relied on.</summary>
    public sealed record Ready : MembershipEvent;

    /// <summary>The deadline has passed. Early or needless ones do no harm.</summary>
    public sealed record Elapsed : MembershipEvent;

    /// <summary>This speaker ends now.</summary>
    public sealed record Leaving : MembershipEvent;
}
