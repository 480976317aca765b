using MetalSharp.Membership;
using MetalSharp.Net;

namespace MetalSharp.Tests.Membership;

/// <summary>
/// Speakers, the hosts they run on and the network between them, in one thread and with a clock of its own: hours pass in seconds and
/// the same seed gives the same run. The API is always there and lists everybody.
/// </summary>
internal sealed class MembershipSimulation
{
    // What a kernel keeps for a process that does not read.
    private const int InboxLimit = 500;

    private readonly PriorityQueue<System.Action, (Instant, long)> _agenda = new();
    private readonly Random _random;
    private readonly SimulatedSpeaker[] _speakers;
    private long _sequence;

    public MembershipSimulation(int nodes, Random random)
    {
        _random = random;
        _speakers = [.. Enumerable.Range(0, nodes).Select(i => new SimulatedSpeaker(new(new($"n{i}"), new(IpFamily.IPv4, (UInt128)(0x0A00_0001 + i)))))];
    }

    public Instant Now { get; private set; } = new(TimeSpan.FromHours(7));

    public double Loss { get; set; }

    public TimeSpan MaxDelay { get; set; } = TimeSpan.FromMilliseconds(2);

    /// <summary>Deaths declared of speakers that ran all the time, by speakers that ran all the time.</summary>
    public List<string> FalseDeaths { get; } = [];

    public IReadOnlyList<SimulatedSpeaker> Speakers => _speakers;

    public void StartAll()
    {
        foreach (var speaker in _speakers)
            Start(speaker);
    }

    public void Start(SimulatedSpeaker speaker)
    {
        // Milliseconds of the wall clock, as the program takes them.
        speaker.Begin(new HeartbeatMembership(speaker.Member.Node, (ulong)Now.SinceOrigin.TotalMilliseconds), Now);
        var generation = speaker.Generation;
        After(Random(TimeSpan.FromMilliseconds(200)), () => Feed(speaker, generation, new MembershipEvent.MembersKnown([.. _speakers.Select(other => other.Member)])));
    }

    /// <summary>The process is gone; its host answers that the port is closed.</summary>
    public void Kill(SimulatedSpeaker speaker) => speaker.End(SpeakerState.Killed, Now);

    /// <summary>The host is gone.</summary>
    public void CutOff(SimulatedSpeaker speaker) => speaker.End(SpeakerState.CutOff, Now);

    public void Terminate(SimulatedSpeaker speaker)
    {
        Feed(speaker, speaker.Generation, new MembershipEvent.Leaving());
        speaker.End(SpeakerState.Killed, Now);
    }

    public void Freeze(SimulatedSpeaker speaker, TimeSpan duration)
    {
        var generation = speaker.Generation;
        speaker.State = SpeakerState.Frozen;
        speaker.DisturbedUntil = Instant.Never;
        After(duration, () =>
        {
            if (speaker.Generation != generation || speaker.State != SpeakerState.Frozen)
                return;
            speaker.State = SpeakerState.Running;
            speaker.DisturbedUntil = Now;
            while (speaker.Inbox.TryDequeue(out var waiting))
                Feed(speaker, generation, waiting);
            Feed(speaker, generation, new MembershipEvent.Elapsed());
        });
    }

    public void Run(TimeSpan duration)
    {
        var end = Now + duration;
        while (_agenda.TryPeek(out _, out var next) && next.Item1 <= end)
        {
            var what = _agenda.Dequeue();
            Now = next.Item1;
            what();
        }

        Now = end;
    }

    /// <summary>All speakers that run, and nobody else, are alive in the eyes of all that run.</summary>
    public bool AgreesWithReality()
    {
        var running = _speakers.Where(speaker => speaker.State == SpeakerState.Running).ToList();
        var names = running.Select(speaker => speaker.Member.Node).ToHashSet();
        return running.TrueForAll(speaker => speaker.Live is { } live && live.SetEquals(names));
    }

    private void Feed(SimulatedSpeaker speaker, int generation, MembershipEvent happened)
    {
        if (speaker.Generation != generation)
            return;
        if (speaker.State == SpeakerState.Frozen && speaker.Inbox.Count < InboxLimit && happened is not MembershipEvent.Elapsed)
            speaker.Inbox.Enqueue(happened);
        if (speaker.State != SpeakerState.Running || speaker.Machine is not { } machine)
            return;
        foreach (var action in machine.Handle(happened, Now))
            Perform(speaker, action);
        if (machine.Deadline == speaker.Alarm || machine.Deadline == Instant.Never)
            return;
        speaker.Alarm = machine.Deadline;
        At(speaker.Alarm, () => Feed(speaker, generation, new MembershipEvent.Elapsed()));
    }

    private void Perform(SimulatedSpeaker speaker, MembershipAction action)
    {
        switch (action)
        {
            case MembershipAction.Send send:
                Send(speaker, send);
                break;
            case MembershipAction.MembershipChanged changed:
                if (speaker.Live is null)
                {
                    // Deciding takes a moment, then the speaker may be counted on.
                    var generation = speaker.Generation;
                    After(TimeSpan.FromMilliseconds(20), () => Feed(speaker, generation, new MembershipEvent.Ready()));
                }

                speaker.Live = changed.Live;
                break;
            case MembershipAction.MemberChanged { Change: MemberChange.Silent or MemberChange.Refused } lost:
                var other = Array.Find(_speakers, candidate => candidate.Member.Node == lost.Member)!;
                other.NoticedBy[speaker.Member.Node] = Now;
                if (RanAllTheTime(speaker) && RanAllTheTime(other))
                    FalseDeaths.Add($"{Now}: {speaker.Member.Node} declared {lost}");
                break;
        }
    }

    private bool RanAllTheTime(SimulatedSpeaker speaker) =>
        speaker.State == SpeakerState.Running && Now - speaker.Since > TimeSpan.FromSeconds(3)
        && (speaker.DisturbedUntil == default || Now - speaker.DisturbedUntil > TimeSpan.FromSeconds(3));

    private void Send(SimulatedSpeaker from, MembershipAction.Send send)
    {
        if (_random.NextDouble() < Loss)
            return;
        var to = Array.Find(_speakers, speaker => speaker.Member == send.To)!;
        var generation = from.Generation;
        After(Random(MaxDelay), () =>
        {
            switch (to.State)
            {
                case SpeakerState.Running or SpeakerState.Frozen:
                    Feed(to, to.Generation, new MembershipEvent.Received(send.Datagram, from.Member.Address));
                    break;
                case SpeakerState.Killed when _random.NextDouble() >= Loss:
                    After(Random(MaxDelay), () => Feed(from, generation, new MembershipEvent.Refused(to.Member.Node)));
                    break;
            }
        });
    }

    private TimeSpan Random(TimeSpan atMost) => atMost * _random.NextDouble();

    private void After(TimeSpan delay, System.Action what) => At(Now + delay, what);

    private void At(Instant when, System.Action what) => _agenda.Enqueue(what, (when < Now ? Now : when, _sequence++));
}

internal enum SpeakerState
{
    Killed,
    CutOff,
    Frozen,
    Running,
}

internal sealed class SimulatedSpeaker(Member member)
{
    public Member Member => member;

    public HeartbeatMembership? Machine { get; private set; }

    public SpeakerState State { get; set; }

    /// <summary>Counts the processes, so that what was meant for a former one does not reach its successor.</summary>
    public int Generation { get; private set; }

    public Instant Since { get; private set; }

    public Instant DisturbedUntil { get; set; }

    public Instant Alarm { get; set; }

    public IReadOnlySet<NodeName>? Live { get; set; }

    public Queue<MembershipEvent> Inbox { get; } = new();

    /// <summary>Who found out that this speaker is dead, and when.</summary>
    public Dictionary<NodeName, Instant> NoticedBy { get; } = [];

    public void Begin(HeartbeatMembership machine, Instant now)
    {
        Reset(SpeakerState.Running, now);
        Machine = machine;
    }

    public void End(SpeakerState state, Instant now)
    {
        Reset(state, now);
        Machine = null;
    }

    private void Reset(SpeakerState state, Instant now)
    {
        Generation++;
        State = state;
        Since = now;
        DisturbedUntil = default;
        Live = null;
        Alarm = default;
        Inbox.Clear();
        NoticedBy.Clear();
    }
}
