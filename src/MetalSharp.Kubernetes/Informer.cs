using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Text.Json;
using MetalSharp.Kubernetes.Models;
using Microsoft.Extensions.Logging;

namespace MetalSharp.Kubernetes;

/// <summary>Which objects an informer holds.</summary>
public sealed record InformerOptions
{
    /// <summary>Null for all namespaces.</summary>
    public string? Namespace { get; init; }

    public string? LabelSelector { get; init; }

    public string? FieldSelector { get; init; }
}

/// <summary>What an informer is doing.</summary>
public enum InformerState
{
    /// <summary>Asking for the complete list.</summary>
    Listing,

    /// <summary>Following the changes: the store is up to date.</summary>
    Watching,

    /// <summary>The API is away or refuses: the store keeps its last state, and the next attempt is waited for.</summary>
    BackingOff,
}

/// <summary>
/// Keeps a <see cref="Store{T}"/> equal to what the API server has: lists everything, replaces the store in one step, follows the changes
/// from there, and begins anew where the server has forgotten the place.
/// </summary>
/// <param name="client">Where the objects are.</param>
/// <param name="kind">Their kind.</param>
/// <param name="options">Which of them.</param>
/// <param name="changed">Called after the store was changed, on the informer's own turn: ring a doorbell and return.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">One line per change of state.</param>
/// <param name="trim">Applied to every object before it is stored, to drop what is not needed.</param>
public sealed class Informer<T>(
    KubernetesClient client,
    ResourceKind<T> kind,
    InformerOptions options,
    Action changed,
    TimeProvider time,
    ILogger logger,
    Func<T, T>? trim = null)
    where T : class, IKubernetesObject
{
    // How much longer than asked for a watch may last before the server counts as gone.
    private static readonly TimeSpan Overtime = TimeSpan.FromSeconds(30);

    // A watch that ends sooner and brought nothing is a failure, or it would be asked for again without pause.
    private static readonly TimeSpan ShortWatch = TimeSpan.FromSeconds(1);

    private Backoff? _backoff;
    private volatile InformerState _state = InformerState.Listing;
    private long _contact;

    // Nothing new came since the server forgot the place the last time: when it forgets again, that is a fault and not normal life.
    private bool _forgotten;

    public ResourceKind<T> Kind => kind;

    public Store<T> Store { get; } = new();

    public InformerState State => _state;

    internal Random Chance { get; init; } = Random.Shared;

    /// <summary>
    /// How long the server has said nothing; null when it never said anything. A quiet watch says nothing for minutes and is healthy:
    /// whether the API is away is said by <see cref="State"/>.
    /// </summary>
    public TimeSpan? SinceContact => Interlocked.Read(ref _contact) is var contact and not 0 ? time.GetElapsedTime(contact) : null;

    /// <summary>Runs until it is stopped; everything else is repaired or tried again.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        var mustList = true;
        try
        {
            while (true)
            {
                try
                {
                    if (mustList)
                        await ListAsync(stop);
                    mustList = false;
                    mustList = !await FollowAsync(stop);
                }
                catch (Exception e) when (!stop.IsCancellationRequested)
                {
                    // The last resort of this loop; whatever it is, the store stays and the next attempt follows.
                    mustList |= MustListAfter(e);
                    await RestAsync(e, stop);
                }
            }
        }
        catch (Exception) when (stop.IsCancellationRequested)
        {
        }
    }

    private async Task ListAsync(CancellationToken stop)
    {
        if (_state == InformerState.Watching)
            _state = InformerState.Listing;
        var list = await client.ListAllAsync(
            kind, options.Namespace, new() { LabelSelector = options.LabelSelector, FieldSelector = options.FieldSelector }, stop);
        Heard();
        var version = list.Metadata.ResourceVersion;
        if (string.IsNullOrEmpty(version))
            throw new KubernetesException(HttpMethod.Get, kind.Path(options.Namespace), HttpStatusCode.OK, null, "the list has no resource version");

        var before = Store.Objects;
        var isFirst = !Store.HasSynced;
        var objects = ImmutableDictionary.CreateBuilder<ObjectName, T>();
        foreach (var item in list.Items)
        {
            var name = ObjectName.Of(item);
            objects[name] = before.TryGetValue(name, out var known) && IsSame(known, item) ? known : Trimmed(item);
        }

        var differs = Differ(before, objects);
        Store.Set(differs ? objects.ToImmutable() : before, version);
        logger.Listed(kind, objects.Count, version);
        if (isFirst || differs)
            changed();
    }

    /// <summary>Follows the changes until the server ends the watch. False when it has forgotten the place.</summary>
    private async Task<bool> FollowAsync(CancellationToken stop)
    {
        var length = TimeSpan.FromSeconds(Chance.Next(300, 600));
        var begun = time.GetTimestamp();
        var brought = false;
        using var silence = new CancellationTokenSource(length + Overtime, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(silence.Token, stop);
        var watch = new WatchOptions
        {
            ResourceVersion = Store.ResourceVersion,
            LabelSelector = options.LabelSelector,
            FieldSelector = options.FieldSelector,
            Timeout = length,
            AllowBookmarks = true,
        };
        try
        {
            using var stream = await client.OpenWatchAsync(kind, options.Namespace, watch, either.Token);
            Heard();
            Recovered();
            while (await stream.NextAsync(either.Token) is { } happened)
            {
                Heard();
                if (happened.Error is { } status)
                    throw new KubernetesException(HttpMethod.Get, kind.Path(options.Namespace), (HttpStatusCode)(status.Code ?? 500), status, "the watch failed");
                brought |= Apply(happened.Type, happened.Item!);
            }
        }
        catch (KubernetesException e) when (e.IsGone && !_forgotten)
        {
            _forgotten = true;
            logger.Forgotten(kind, Store.ResourceVersion ?? "");
            return false;
        }
        catch (OperationCanceledException) when (silence.IsCancellationRequested && !stop.IsCancellationRequested)
        {
            throw new TimeoutException($"the server did not end a watch of {length.TotalSeconds:0} s and has said nothing for {SinceContact}");
        }

        Heard();
        if (!brought && time.GetElapsedTime(begun) < ShortWatch)
            throw new IOException("the server ended the watch at once");
        return true;
    }

    /// <summary>Changes the store by one event. False when it says nothing new.</summary>
    private bool Apply(WatchEventType type, T item)
    {
        var version = item.Metadata.ResourceVersion;
        if (string.IsNullOrEmpty(version) || IsOld(type, item, version))
            return false;

        _forgotten = false;
        var objects = Store.Objects;
        if (type == WatchEventType.Bookmark)
        {
            Store.Set(objects, version);
            return false;
        }

        var name = ObjectName.Of(item);
        Store.Set(
            type == WatchEventType.Deleted ? objects.Remove(name) : objects.SetItem(name, Trimmed(item)),
            IsAfter(version, Store.ResourceVersion) ? version : Store.ResourceVersion!);
        if (!ReferenceEquals(objects, Store.Objects))
            changed();
        return true;
    }

    /// <summary>
    /// Whether an event is about a state that is stored already, or about one before it: it came twice, or late. A deletion is held against
    /// the object and not against the store, since some servers give it the version of the last change.
    /// </summary>
    private bool IsOld(WatchEventType type, T item, string version) => type == WatchEventType.Deleted
        ? !Store.Objects.TryGetValue(ObjectName.Of(item), out var stored)
            || IsNumber(version) && IsAfter(stored.Metadata.ResourceVersion, version)
        : !IsAfter(version, Store.ResourceVersion);

    private static bool IsNumber(string version) => version.All(char.IsAsciiDigit);

    /// <summary>
    /// Versions that are numbers can be compared (Kubernetes promises it since 1.35, and every server did it before); others only tell equal
    /// from different, and what is different counts as later.
    /// </summary>
    private static bool IsAfter(string? version, string? other) =>
        ulong.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        && ulong.TryParse(other, NumberStyles.None, CultureInfo.InvariantCulture, out var otherNumber)
            ? number > otherNumber
            : version != other;

    /// <summary>
    /// Whether the server refused the place to go on from, or may have, or sent there what can't be read: then only the complete list helps.
    /// A connection that broke is no reason, nor is a server that is busy or starts.
    /// </summary>
    private static bool MustListAfter(Exception failure) => failure switch
    {
        KubernetesException { InnerException: JsonException } => true,
        KubernetesException { StatusCode: HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable or HttpStatusCode.Unauthorized } => false,
        KubernetesException { StatusCode: { } code } => (int)code >= 300,
        KubernetesException or TimeoutException or IOException => false,
        _ => true,
    };

    private async Task RestAsync(Exception failure, CancellationToken stop)
    {
        var wait = (_backoff ??= new(time, Chance)).Next();
        if (_state != InformerState.BackingOff)
            logger.Lost(kind, failure.Message, wait);
        else
            logger.StillLost(kind, failure.Message, wait);
        _state = InformerState.BackingOff;
        await Task.Delay(wait, time, stop);
    }

    private void Recovered()
    {
        if (_state == InformerState.BackingOff)
            logger.Recovered(kind);
        _state = InformerState.Watching;
    }

    private void Heard() => Interlocked.Exchange(ref _contact, Math.Max(1, time.GetTimestamp()));

    private T Trimmed(T item) => trim is null ? item : trim(item);

    private static bool IsSame(T one, T other) =>
        one.Metadata.ResourceVersion == other.Metadata.ResourceVersion && one.Metadata.Uid == other.Metadata.Uid;

    private static bool Differ(ImmutableDictionary<ObjectName, T> before, ImmutableDictionary<ObjectName, T>.Builder after) =>
        before.Count != after.Count || after.Any(pair => !before.TryGetValue(pair.Key, out var known) || !ReferenceEquals(known, pair.Value));
}
