using System.Globalization;
using MetalSharp.Membership;
using MetalSharp.Observability;
using Microsoft.Extensions.Logging;

namespace MetalSharp.Speaker;

/// <summary>
/// Runs membership: owns its state machine and its sockets, on a thread of its own, so that a busy thread pool does not make this speaker
/// look dead or the others. Others post to it and read <see cref="Live"/>.
/// </summary>
internal sealed partial class HeartbeatLoop : IDisposable
{
    // More than any member sends in the longest stall that the kernel buffers; the rest waits for the next turn.
    private const int MostDatagramsPerTurn = 1024;

    private static readonly TimeSpan RestartAfter = TimeSpan.FromSeconds(1);

    private readonly NodeName _self;
    private readonly HeartbeatSockets _sockets;
    private readonly HeartbeatMembership _membership;
    private readonly TimeProvider _time;
    private readonly long _origin;
    private readonly Doorbell _changed;
    private readonly LoopPulse _pulse;
    private readonly ILogger _logger;
    private readonly Gauge _live;
    private readonly Counter _changes;
    private readonly Counter _dropped;

    // Slots in which the latest word of others waits for the thread.
    private IReadOnlyCollection<Member>? _known;
    private IReadOnlySet<NodeName>? _liveMembers;
    private bool _isReady;
    private bool _isLeaving;
    private bool _isReadySaid;

    /// <param name="self">The name of the own node.</param>
    /// <param name="changed">Rung after <see cref="Live"/> has changed.</param>
    /// <exception cref="ArgumentException">The name cannot be the name of a Node.</exception>
    /// <exception cref="System.Net.Sockets.SocketException">The port is taken.</exception>
    public HeartbeatLoop(NodeName self, Doorbell changed, TimeProvider time, MetricRegistry metrics, Health health, ILogger logger)
    {
        (_self, _changed, _time, _logger) = (self, changed, time, logger);
        _membership = new(self, (ulong)time.GetUtcNow().ToUnixTimeMilliseconds());
        _sockets = new(HeartbeatSockets.Port, HeartbeatSockets.Port);
        _origin = time.GetTimestamp();
        _pulse = health.AddLoop("membership", TimeSpan.FromSeconds(10));
        _live = metrics.Gauge("metalsharp_membership_live_speakers", "Speakers that are alive in the eyes of this one, itself among them.");
        _changes = metrics.Counter("metalsharp_membership_changes_total", "Other speakers that came or went, by how.", "change");
        _dropped = metrics.Counter("metalsharp_membership_datagrams_dropped_total", "Datagrams on the membership port that changed nothing, by reason.", "reason");
    }

    /// <summary>The speakers that are alive; null until membership has settled.</summary>
    public IReadOnlySet<NodeName>? Live => Volatile.Read(ref _liveMembers);

    /// <summary>Tells of all speakers that the API lists. Of several that were not taken yet only the last one counts.</summary>
    public void Know(IReadOnlyCollection<Member> members)
    {
        Volatile.Write(ref _known, members);
        _sockets.Wake();
    }

    /// <summary>This speaker has decided what it announces.</summary>
    public void BeReady()
    {
        Volatile.Write(ref _isReady, true);
        _sockets.Wake();
    }

    /// <summary>Runs until <paramref name="stop"/>; then the others are told, and it ends.</summary>
    public Task RunAsync(CancellationToken stop)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            using var leaving = stop.Register(() =>
            {
                Volatile.Write(ref _isLeaving, true);
                _sockets.Wake();
            });
            RunUntilLeft(stop);
            ended.SetResult();
        })
        {
            Name = "heartbeat",
            IsBackground = true,
        };
        thread.Start();
        return ended.Task;
    }

    public void Dispose() => _sockets.Dispose();

    private Instant Now => new(_time.GetElapsedTime(_origin));

    private void RunUntilLeft(CancellationToken stop)
    {
        var buffer = new byte[HeartbeatDatagram.MaxSize + 1];
        while (true)
        {
            try
            {
                while (!Volatile.Read(ref _isLeaving))
                    Turn(buffer);
                Feed(new MembershipEvent.Leaving());
                return;
            }
            catch (Exception failure)
            {
                LogFailed(_logger, failure);
                if (stop.WaitHandle.WaitOne(RestartAfter))
                    return;
            }
        }
    }

    private void Turn(byte[] buffer)
    {
        _pulse.Turned();
        if (Interlocked.Exchange(ref _known, null) is { } members)
        {
            _sockets.Keep(members);
            Feed(new MembershipEvent.MembersKnown(members));
        }

        if (Volatile.Read(ref _isReady) && !_isReadySaid)
        {
            _isReadySaid = true;
            Feed(new MembershipEvent.Ready());
        }

        _sockets.Wait(_membership.Deadline == Instant.Never ? TimeSpan.MaxValue : _membership.Deadline - Now);
        // What was heard comes before what was not: after a stall the datagrams are there and the deadlines have passed.
        for (var i = 0; i < MostDatagramsPerTurn && _sockets.TryReceive(buffer, out var length, out var from); i++)
            Feed(new MembershipEvent.Received(buffer.AsMemory(0, length), from));
        while (_sockets.TryTakeRefused(out var member))
            Feed(new MembershipEvent.Refused(member));
        if (Now >= _membership.Deadline)
            Feed(new MembershipEvent.Elapsed());
    }

    private void Feed(MembershipEvent happened)
    {
        foreach (var action in _membership.Handle(happened, Now))
            Perform(action);
    }

    private void Perform(MembershipAction action)
    {
        switch (action)
        {
            case MembershipAction.Send send:
                _sockets.Send(send.To, send.Datagram.Span);
                break;
            case MembershipAction.MembershipChanged changed:
                Volatile.Write(ref _liveMembers, changed.Live);
                _changed.Ring();
                _live.With().Set(changed.Live.Count);
                LogLive(_logger, changed.Live.Count, string.Join(' ', changed.Live.Order()));
                break;
            case MembershipAction.MemberChanged { Change: MemberChange.Joined } joined:
                _changes.With(Name(joined.Change)).Increment();
                LogJoined(_logger, joined.Member);
                break;
            case MembershipAction.MemberChanged lost:
                _changes.With(Name(lost.Change)).Increment();
                LogLost(_logger, lost.Member, Name(lost.Change));
                break;
            case MembershipAction.Dropped dropped:
                _dropped.With(Name(dropped.Reason)).Increment();
                break;
            case MembershipAction.NameTaken taken:
                LogNameTaken(_logger, _self, taken.By.ToString());
                break;
        }
    }

    private static string Name(Enum value) => value.ToString() is var name ? char.ToLower(name[0], CultureInfo.InvariantCulture) + name[1..] : "";

    [LoggerMessage(EventName = "membershipChanged", Level = LogLevel.Information, Message = "{Count} speakers are alive: {Members}")]
    private static partial void LogLive(ILogger logger, int count, string members);

    [LoggerMessage(EventName = "memberJoined", Level = LogLevel.Information, Message = "the speaker on {Member} is alive")]
    private static partial void LogJoined(ILogger logger, NodeName member);

    [LoggerMessage(EventName = "memberLost", Level = LogLevel.Information, Message = "the speaker on {Member} is not counted on any more: {Reason}")]
    private static partial void LogLost(ILogger logger, NodeName member, string reason);

    [LoggerMessage(EventName = "nodeNameTaken", Level = LogLevel.Error, Message = "another speaker, at {Address}, says that it is {Node} too: give each speaker the name of its own node with --node-name; until then addresses may be announced twice or not at all")]
    private static partial void LogNameTaken(ILogger logger, NodeName node, string address);

    [LoggerMessage(EventName = "membershipFailed", Level = LogLevel.Error, Message = "membership failed and starts again in a second")]
    private static partial void LogFailed(ILogger logger, Exception failure);
}
