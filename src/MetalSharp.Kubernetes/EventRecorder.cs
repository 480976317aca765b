using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using MetalSharp.Kubernetes.Models;
using Microsoft.Extensions.Logging;

namespace MetalSharp.Kubernetes;

/// <summary>Whether an event is news or trouble.</summary>
public enum EventType
{
    Normal,
    Warning,
}

/// <summary>
/// Writes Events for people to read. Recording never waits: it puts the event into a bounded queue, and the loop writes it when the server is
/// there. What repeats becomes a series on one Event instead of new ones. The deprecated fields stay empty, since the server refuses an
/// <c>events.k8s.io/v1</c> Event that has them; kubectl shows origin and times without.
/// </summary>
public sealed class EventRecorder
{
    private const int QueueLength = 1024;
    private const int MaxSeries = 2048;
    private const int MaxAttempts = 10;
    private const int MaxNoteBytes = 1024;
    private const int MaxWordLength = 128;

    // An object's name may take up all of an event's, which has a time stamp behind it.
    private const int MaxNamePrefix = 253 - 17;

    // A repeat after more silence than this is a new event.
    private static readonly TimeSpan SeriesEnd = TimeSpan.FromMinutes(6);

    // The count of a running series is written at most this often.
    private static readonly TimeSpan SeriesPeriod = TimeSpan.FromSeconds(30);

    private readonly KubernetesClient _client;
    private readonly string _controller;
    private readonly string _instance;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Channel<Occurrence> _queue;
    private readonly Dictionary<EventKey, Series> _series = [];
    private long _dropped;
    private long _lastStamp;

    /// <param name="client">Where they are written.</param>
    /// <param name="controller">The name of the program, a qualified name such as <c>example.io/controller</c>.</param>
    /// <param name="instance">The name of this process, such as its pod; at most 128 characters.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Told of events that could not be written.</param>
    public EventRecorder(KubernetesClient client, string controller, string instance, TimeProvider time, ILogger logger)
    {
        _client = client;
        _controller = controller;
        _instance = Cut(instance, MaxWordLength);
        _time = time;
        _logger = logger;
        _queue = Channel.CreateBounded<Occurrence>(
            new BoundedChannelOptions(QueueLength) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true },
            _ => Interlocked.Increment(ref _dropped));
    }

    /// <summary>Events that were not written: the queue was full, or the server refused them or was away too long.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>Takes note of an event about an object. Never waits. May be called from any thread.</summary>
    /// <param name="regarding">The object.</param>
    /// <param name="type">News or trouble.</param>
    /// <param name="reason">A CamelCase word, for programs.</param>
    /// <param name="action">What was done or tried, a CamelCase word.</param>
    /// <param name="note">A sentence, for people; cut to 1 kB.</param>
    public void Record(V1ObjectReference regarding, EventType type, string reason, string action, string note) =>
        _queue.Writer.TryWrite(new(
            new(regarding with { ResourceVersion = null }, type, Cut(reason, MaxWordLength), Cut(action, MaxWordLength), CutBytes(note)),
            _time.GetUtcNow()));

    /// <summary>Writes what is recorded, until stopped.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        try
        {
            while (true)
            {
                await WaitAsync(stop);
                while (_queue.Reader.TryRead(out var happened))
                    await TakeAsync(happened, stop);
                await FlushAsync(stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
        }
    }

    /// <summary>Ends when something is recorded, or when the count of a series is to be written or forgotten.</summary>
    private async Task WaitAsync(CancellationToken stop)
    {
        if (_series.Count == 0)
        {
            await _queue.Reader.WaitToReadAsync(stop);
            return;
        }

        using var due = new CancellationTokenSource(SeriesPeriod, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(due.Token, stop);
        try
        {
            await _queue.Reader.WaitToReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
        }
    }

    private async Task TakeAsync(Occurrence happened, CancellationToken stop)
    {
        if (_series.TryGetValue(happened.Key, out var series) && happened.Time - series.LastSeen < SeriesEnd)
        {
            series.Count++;
            series.LastSeen = happened.Time;
            if (IsDue(series))
                await WriteSeriesAsync(series, stop);
            return;
        }

        await CreateAsync(happened.Key, 1, happened.Time, happened.Time, stop);
    }

    /// <summary>Writes the counts that are due and forgets the series that ended.</summary>
    private async Task FlushAsync(CancellationToken stop)
    {
        foreach (var series in _series.Values.Where(IsDue).ToList())
            await WriteSeriesAsync(series, stop);
        var now = _time.GetUtcNow();
        foreach (var ended in _series.Where(pair => now - pair.Value.LastSeen >= SeriesEnd).ToList())
            _series.Remove(ended.Key);
    }

    private bool IsDue(Series series) =>
        series.Count > series.Written && (series.Written == 1 || _time.GetElapsedTime(series.WrittenAt) >= SeriesPeriod);

    private async Task CreateAsync(EventKey key, int count, DateTimeOffset first, DateTimeOffset last, CancellationToken stop)
    {
        // Two events of one clock tick need two names.
        _lastStamp = Math.Max(_lastStamp + 1, (first - DateTimeOffset.UnixEpoch).Ticks * 100);
        var written = new EventsV1Event
        {
            Metadata = new()
            {
                Name = $"{Cut(key.Regarding.Name ?? "", MaxNamePrefix).TrimEnd('-', '.')}.{_lastStamp.ToString("x", CultureInfo.InvariantCulture)}",
                Namespace = key.Regarding.Namespace ?? "default",
            },
            EventTime = first,
            Series = count > 1 ? new() { Count = count, LastObservedTime = last } : null,
            ReportingController = _controller,
            ReportingInstance = _instance,
            Regarding = key.Regarding,
            Type = key.Type.ToString(),
            Reason = key.Reason,
            Action = key.Action,
            Note = key.Note,
        };
        if (!await TryWriteAsync(key, () => _client.CreateAsync(ResourceKinds.Events, written, stop), stop))
            return;

        if (_series.Count >= MaxSeries && !_series.ContainsKey(key))
            _series.Remove(_series.MinBy(pair => pair.Value.LastSeen).Key);
        _series[key] = new(key, ObjectName.Of(written), first) { Count = count, Written = count, WrittenAt = _time.GetTimestamp(), LastSeen = last };
    }

    private async Task WriteSeriesAsync(Series series, CancellationToken stop)
    {
        series.WrittenAt = _time.GetTimestamp();
        var count = series.Count;
        var patch = Patch.Merge(new()
        {
            ["series"] = new JsonObject
            {
                ["count"] = count,
                ["lastObservedTime"] = series.LastSeen.UtcDateTime.ToString(MicroTimeConverter.Format, CultureInfo.InvariantCulture),
            },
        });
        var isGone = false;
        await TryWriteAsync(series.Key, WriteAsync, stop);
        series.Written = count;
        if (isGone)
            await CreateAsync(series.Key, count, series.FirstSeen, series.LastSeen, stop);

        async Task WriteAsync()
        {
            try
            {
                await _client.PatchAsync(ResourceKinds.Events, series.Name.Namespace, series.Name.Name, patch, cancel: stop);
            }
            catch (KubernetesException e) when (e.IsNotFound)
            {
                // The server forgets events, series or not.
                isGone = true;
            }
        }
    }

    /// <summary>Tries until it is written, refused, or tried too often; false when it is given up.</summary>
    private async Task<bool> TryWriteAsync(EventKey key, Func<Task> write, CancellationToken stop)
    {
        var wait = TimeSpan.FromSeconds(1);
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await write();
                return true;
            }
            catch (KubernetesException e) when (e.IsAlreadyExists && attempt > 1)
            {
                // The attempt before did count, though its answer was lost.
                return true;
            }
            catch (KubernetesException e)
            {
                var isFinal = e.StatusCode is >= HttpStatusCode.BadRequest and < HttpStatusCode.InternalServerError and not HttpStatusCode.TooManyRequests;
                if (isFinal || attempt == MaxAttempts)
                {
                    Interlocked.Increment(ref _dropped);
                    _logger.NotWritten(key.Reason, key.Regarding.Namespace, key.Regarding.Name, e.Message);
                    return false;
                }
            }

            await Task.Delay(wait, _time, stop);
            wait = TimeSpan.FromTicks(Math.Min(2 * wait.Ticks, TimeSpan.FromSeconds(10).Ticks));
        }
    }

    private static string Cut(string text, int length) =>
        text.Length <= length ? text : text[..(char.IsHighSurrogate(text[length - 1]) ? length - 1 : length)];

    /// <summary>The longest beginning that fits; the server counts bytes.</summary>
    private static string CutBytes(string note)
    {
        if (Encoding.UTF8.GetByteCount(note) <= MaxNoteBytes)
            return note;
        const string More = "...";
        Encoding.UTF8.GetEncoder().Convert(note, new byte[MaxNoteBytes - More.Length], flush: false, out var used, out _, out _);
        return Cut(note, used) + More;
    }

    private sealed record EventKey(V1ObjectReference Regarding, EventType Type, string Reason, string Action, string Note);

    private sealed record Occurrence(EventKey Key, DateTimeOffset Time);

    private sealed class Series(EventKey key, ObjectName name, DateTimeOffset firstSeen)
    {
        public EventKey Key => key;

        public ObjectName Name => name;

        public DateTimeOffset FirstSeen => firstSeen;

        public DateTimeOffset LastSeen { get; set; }

        public int Count { get; set; }

        public int Written { get; set; }

        public long WrittenAt { get; set; }
    }
}
