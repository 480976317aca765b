using MetalSharp.Membership;
using MetalSharp.Net;

namespace MetalSharp.Tests.Membership;

public sealed class HeartbeatMembershipTests
{
    private static readonly Member N1 = new(new("n1"), InetAddress.Parse("10.0.0.1"));
    private static readonly Member N2 = new(new("n2"), InetAddress.Parse("10.0.0.2"));
    private static readonly Member N3 = new(new("n3"), InetAddress.Parse("10.0.0.3"));

    private readonly HeartbeatMembership _membership = new(N1.Node, 100);
    private Instant _now = new(TimeSpan.FromDays(3));

    [Fact]
    public void Nothing_is_said_before_the_settle_time_is_over()
    {
        Assert.Equal(Instant.Never, _membership.Deadline);
        Handle(new MembershipEvent.MembersKnown([N1, N2]));
        Assert.Equal(TimeSpan.FromMilliseconds(100), _membership.Deadline - _now);
        var silent = Pass(0.95, N2);
        Assert.DoesNotContain(silent, action => action is MembershipAction.MembershipChanged or MembershipAction.MemberChanged);
        Assert.Equal("n1 n2", Live(Pass(0.1, N2)));
    }

    [Fact]
    public void Who_is_not_heard_while_settling_is_not_alive()
    {
        Handle(new MembershipEvent.MembersKnown([N1, N2, N3]));
        Assert.Equal("n1 n3", Live(Pass(1.1, N3)));
    }

    [Fact]
    public void A_heartbeat_goes_to_every_member_each_interval()
    {
        Handle(new MembershipEvent.MembersKnown([N1, N2, N3]));
        var sent = Pass(10).OfType<MembershipAction.Send>().ToLookup(send => send.To);
        Assert.Equal(100, sent[N2].Count());
        Assert.Equal(100, sent[N3].Count());
    }

    [Fact]
    public void A_newcomer_counts_when_it_says_that_it_is_ready()
    {
        Settle(N1, N2);
        Handle(new MembershipEvent.MembersKnown([N1, N2, N3]));
        Assert.Null(Live(Hear(N3, HeartbeatKind.Joining)));
        var actions = Hear(N3, HeartbeatKind.Ready);
        Assert.Contains(new MembershipAction.MemberChanged(N3.Node, MemberChange.Joined), actions);
        Assert.Equal("n1 n2 n3", Live(actions));
    }

    [Fact]
    public void Members_that_join_at_the_same_time_count_on_each_other_for_a_while()
    {
        Handle(new MembershipEvent.MembersKnown([N1, N2]));
        Pass(0.5);
        Hear(N2, HeartbeatKind.Joining);
        Assert.Equal("n1 n2", Live(Pass(0.5)));
        var actions = new List<MembershipAction>();
        for (var i = 0; i < 25; i++)
            actions.AddRange([.. Hear(N2, HeartbeatKind.Joining), .. Pass(0.1)]);
        Assert.Contains(new MembershipAction.MemberChanged(N2.Node, MemberChange.NotReady), actions);
        Assert.Equal("n1", Live(actions));
        Assert.Equal("n1 n2", Live(Hear(N2, HeartbeatKind.Ready)));
    }

    [Fact]
    public void Own_heartbeats_say_joining_until_the_speaker_is_ready()
    {
        Handle(new MembershipEvent.MembersKnown([N1, N2]));
        Assert.Equal([HeartbeatKind.Joining], Kinds(Pass(0.15)));
        // Said at once, not with the next heartbeat.
        Assert.Equal([HeartbeatKind.Ready], Kinds(Handle(new MembershipEvent.Ready())));
        Assert.Equal([HeartbeatKind.Ready], Kinds(Pass(0.15)));
    }

    [Fact]
    public void Silence_for_a_second_is_death()
    {
        Settle(N1, N2);
        Assert.Null(Live(Pass(0.99)));
        var actions = Pass(0.02);
        Assert.Contains(new MembershipAction.MemberChanged(N2.Node, MemberChange.Silent), actions);
        Assert.Equal("n1", Live(actions));
        Assert.Equal("n1 n2", Live(Hear(N2, HeartbeatKind.Ready)));
    }

    [Fact]
    public void A_second_refusal_in_a_row_is_death_and_is_asked_for_at_once()
    {
        Settle(N1, N2, N3);
        Assert.Equal([N2], Handle(new MembershipEvent.Refused(N2.Node)).OfType<MembershipAction.Send>().Select(send => send.To));
        var actions = Handle(new MembershipEvent.Refused(N2.Node));
        Assert.Contains(new MembershipAction.MemberChanged(N2.Node, MemberChange.Refused), actions);
        Assert.Equal("n1 n3", Live(actions));
    }

    [Fact]
    public void A_heartbeat_between_two_refusals_makes_the_first_one_void()
    {
        Settle(N1, N2);
        Handle(new MembershipEvent.Refused(N2.Node));
        Hear(N2, HeartbeatKind.Ready);
        Assert.Null(Live(Handle(new MembershipEvent.Refused(N2.Node))));
    }

    [Fact]
    public void Refusals_that_proved_wrong_are_not_believed_again_until_the_member_restarts()
    {
        Settle(N1, N2);
        Refuse(N2);
        Assert.Equal("n1 n2", Live(Hear(N2, HeartbeatKind.Ready)));
        Assert.Null(Live(Refuse(N2)));
        Hear(N2, HeartbeatKind.Ready, incarnation: 201);
        Assert.Equal("n1", Live(Refuse(N2)));
    }

    [Fact]
    public void Refusals_of_strangers_and_of_the_dead_change_nothing()
    {
        Settle(N1, N2);
        Refuse(N2);
        Assert.Empty(Refuse(N2));
        Assert.Empty(Refuse(N3));
    }

    [Fact]
    public void A_member_that_leaves_is_gone_at_once_and_a_late_heartbeat_does_not_bring_it_back()
    {
        Settle(N1, N2);
        var actions = Hear(N2, HeartbeatKind.Leaving);
        Assert.Contains(new MembershipAction.MemberChanged(N2.Node, MemberChange.Left), actions);
        Assert.Equal("n1", Live(actions));
        Assert.Equal([new MembershipAction.Dropped(DropReason.StaleIncarnation)], Hear(N2, HeartbeatKind.Ready));
        Assert.Equal("n1 n2", Live(Hear(N2, HeartbeatKind.Ready, incarnation: 201)));
    }

    [Fact]
    public void A_late_Leave_of_the_former_process_does_not_kill_its_successor()
    {
        Settle(N1, N2);
        Hear(N2, HeartbeatKind.Ready, incarnation: 201);
        Assert.Equal([new MembershipAction.Dropped(DropReason.StaleIncarnation)], Hear(N2, HeartbeatKind.Leaving, incarnation: 200));
    }

    [Fact]
    public void A_restarted_process_is_not_counted_on_until_it_is_ready()
    {
        Settle(N1, N2);
        var actions = Hear(N2, HeartbeatKind.Joining, incarnation: 201);
        Assert.Contains(new MembershipAction.MemberChanged(N2.Node, MemberChange.Restarted), actions);
        Assert.Equal("n1", Live(actions));
        Assert.Equal("n1 n2", Live(Hear(N2, HeartbeatKind.Ready, incarnation: 201)));
    }

    [Fact]
    public void A_joining_datagram_that_was_overtaken_changes_nothing()
    {
        Settle(N1, N2);
        Assert.Empty(Hear(N2, HeartbeatKind.Joining));
    }

    [Fact]
    public void A_process_whose_clock_was_set_back_is_heard_when_its_predecessor_is_silent()
    {
        Settle(N1, N2);
        Assert.Equal([new MembershipAction.Dropped(DropReason.StaleIncarnation)], Hear(N2, HeartbeatKind.Ready, incarnation: 50));
        Pass(1);
        Assert.Equal("n1 n2", Live(Hear(N2, HeartbeatKind.Ready, incarnation: 50)));
    }

    [Fact]
    public void A_long_absence_of_this_process_proves_nothing_about_the_others()
    {
        Settle(N1, N2, N3);
        _now += TimeSpan.FromMinutes(5);
        Assert.Null(Live(Handle(new MembershipEvent.Elapsed())));
        Assert.Equal("n1 n3", Live(Pass(1.1, N3)));
    }

    [Fact]
    public void An_absence_while_settling_starts_the_settle_time_again()
    {
        Handle(new MembershipEvent.MembersKnown([N1, N2]));
        Pass(0.5);
        _now += TimeSpan.FromSeconds(2);
        Assert.Null(Live(Handle(new MembershipEvent.Elapsed())));
        Assert.Equal("n1 n2", Live(Pass(1.1, N2)));
    }

    [Fact]
    public void Members_that_the_API_drops_are_gone_and_their_datagrams_are_those_of_strangers()
    {
        Settle(N1, N2, N3);
        var actions = Handle(new MembershipEvent.MembersKnown([N1, N3]));
        Assert.Contains(new MembershipAction.MemberChanged(N2.Node, MemberChange.Unlisted), actions);
        Assert.Equal("n1 n3", Live(actions));
        Assert.Equal([new MembershipAction.Dropped(DropReason.UnknownSender)], Hear(N2, HeartbeatKind.Ready));
    }

    [Fact]
    public void The_own_pod_need_not_be_listed()
    {
        Handle(new MembershipEvent.MembersKnown([]));
        Assert.Equal("n1", Live(Pass(1)));
    }

    [Fact]
    public void Rubbish_is_dropped()
    {
        Settle(N1, N2);
        Assert.Equal([new MembershipAction.Dropped(DropReason.Malformed)],
            Handle(new MembershipEvent.Received(new byte[] { 1, 2, 3 }, N2.Address)));
    }

    [Fact]
    public void A_second_speaker_with_the_same_name_is_reported_once_a_minute()
    {
        var namesake = N1 with { Address = N3.Address };
        Settle(N1, N2, namesake);
        // Both are listed, so both hear each other, and this one hears itself.
        Assert.Contains(namesake, Pass(0.1, N2).OfType<MembershipAction.Send>().Select(send => send.To));
        Assert.Empty(Hear(N1, HeartbeatKind.Joining, incarnation: 100));
        Assert.Contains(new MembershipAction.NameTaken(namesake.Address), Hear(namesake, HeartbeatKind.Ready, incarnation: 77));
        Assert.DoesNotContain(Hear(namesake, HeartbeatKind.Ready, incarnation: 77), action => action is MembershipAction.NameTaken);
        Pass(61, N2);
        Assert.Contains(new MembershipAction.NameTaken(namesake.Address), Hear(namesake, HeartbeatKind.Ready, incarnation: 77));
    }

    [Fact]
    public void Leaving_tells_everybody_and_is_the_end()
    {
        Settle(N1, N2, N3);
        var sent = Handle(new MembershipEvent.Leaving()).OfType<MembershipAction.Send>().ToList();
        Assert.Equal([HeartbeatKind.Leaving], Kinds(sent));
        Assert.Equal([N2.Node, N3.Node], sent.Select(send => send.To.Node).Where(node => node != N1.Node).Distinct().Order());
        Assert.Equal(Instant.Never, _membership.Deadline);
        Assert.Empty(Hear(N2, HeartbeatKind.Ready));
        Assert.Empty(Handle(new MembershipEvent.Elapsed()));
    }

    [Fact]
    public void A_name_that_no_Node_can_have_is_refused() =>
        Assert.Throws<ArgumentException>(() => new HeartbeatMembership(new("Not A Node"), 1));

    private void Settle(params Member[] members)
    {
        Handle(new MembershipEvent.MembersKnown(members));
        var others = members.Where(member => member.Node != N1.Node).ToArray();
        Assert.Equal(string.Join(' ', members.Select(member => member.Node.Value).Distinct().Order()), Live(Pass(1, others)));
        foreach (var other in others)
            Hear(other, HeartbeatKind.Ready);
    }

    private List<MembershipAction> Refuse(Member member) =>
        [.. Handle(new MembershipEvent.Refused(member.Node)), .. Handle(new MembershipEvent.Refused(member.Node))];

    private List<MembershipAction> Hear(Member member, HeartbeatKind kind, ulong incarnation = 200) =>
        Handle(new MembershipEvent.Received(new HeartbeatDatagram(kind, incarnation, member.Node).ToBytes(), member.Address));

    /// <summary>Lets time pass, with a heartbeat of each of the given members at every turn.</summary>
    private List<MembershipAction> Pass(double seconds, params Member[] heard)
    {
        var actions = new List<MembershipAction>();
        var end = _now + TimeSpan.FromSeconds(seconds);
        while (_membership.Deadline <= end)
        {
            _now = _membership.Deadline > _now ? _membership.Deadline : _now;
            foreach (var member in heard)
                actions.AddRange(Hear(member, HeartbeatKind.Ready));
            actions.AddRange(Handle(new MembershipEvent.Elapsed()));
            Assert.True(_membership.Deadline > _now);
        }

        _now = end;
        return actions;
    }

    private List<MembershipAction> Handle(MembershipEvent happened) => [.. _membership.Handle(happened, _now)];

    private static string? Live(IEnumerable<MembershipAction> actions) =>
        actions.OfType<MembershipAction.MembershipChanged>().LastOrDefault() is { } changed
            ? string.Join(' ', changed.Live.Order())
            : null;

    private static IEnumerable<HeartbeatKind> Kinds(IEnumerable<MembershipAction> actions) =>
        actions.OfType<MembershipAction.Send>().Select(send =>
        {
            Assert.True(HeartbeatDatagram.TryParse(send.Datagram.Span, out var datagram));
            return datagram.Kind;
        }).Distinct();
}
