using System.Collections.Immutable;

namespace MetalSharp.Lab.ApiServer.Storage;

internal enum ChangeKind
{
    /// <summary>The start of a log: nothing happened, but this was the state.</summary>
    Origin,
    Added,
    Modified,
    Deleted,

    /// <summary>History was forgotten here: whoever was before this entry has to list again.</summary>
    Compacted,

    /// <summary>The resource is no longer served: its watches end.</summary>
    Ended,
}

/// <summary>
/// One change in the log of a resource, and the state of the resource after it. Entries form a linked list that is only
/// ever appended to, so that any number of watches can follow it, each at its own pace, without a queue of their own.
/// </summary>
internal sealed class LogEntry(
    ChangeKind kind, long index, long revision, StoredObject? current, StoredObject? previous, ImmutableSortedSet<StoredObject> after)
{
    private readonly TaskCompletionSource<LogEntry> _next = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ChangeKind Kind { get; } = kind;

    /// <summary>The position in the log, counted from 0 without gaps.</summary>
    public long Index { get; } = index;

    public long Revision { get; } = revision;

    /// <summary>The object after the change; for a deletion its last state with the revision of the deletion.</summary>
    public StoredObject? Current { get; } = current;

    public StoredObject? Previous { get; } = previous;

    public ImmutableSortedSet<StoredObject> After { get; } = after;

    public Task<LogEntry> Next => _next.Task;

    public void Link(LogEntry next) => _next.SetResult(next);
}
