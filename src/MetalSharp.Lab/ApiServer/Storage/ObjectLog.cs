using System.Collections.Immutable;

namespace MetalSharp.Lab.ApiServer.Storage;

/// <summary>
/// The objects of one resource and the bounded history of their changes. Written by the store's loop only; read by anyone.
/// </summary>
internal sealed class ObjectLog
{
    private static readonly IComparer<StoredObject> ByKey =
        Comparer<StoredObject>.Create((left, right) => left.Key.CompareTo(right.Key));

    private readonly int _capacity;
    private LogEntry _oldest;
    private LogEntry _newest;

    public ObjectLog(int capacity, long revision)
    {
        _capacity = capacity;
        _newest = _oldest = new LogEntry(
            ChangeKind.Origin, 0, revision, null, null, ImmutableSortedSet.Create<StoredObject>(ByKey));
    }

    /// <summary>The entry that carries the present state.</summary>
    public LogEntry Newest => Volatile.Read(ref _newest);

    /// <summary>The earliest state that can still be read, and the earliest point a watch can start from.</summary>
    public LogEntry Oldest => Volatile.Read(ref _oldest);

    public StoredObject? Find(ObjectKey key) =>
        Newest.After.TryGetValue(new StoredObject(key), out var found) ? found : null;

    /// <summary>The last entry at or before a revision, or null when that part of the history is forgotten.</summary>
    public LogEntry? At(long revision)
    {
        var entry = Oldest;
        if (entry.Revision > revision)
            return null;
        while (entry.Next is { IsCompleted: true, Result: var next } && next.Revision <= revision)
            entry = next;
        return entry;
    }

    /// <summary>True when the reader at an entry has fallen so far behind that the history it needs counts as forgotten.</summary>
    public bool HasForgotten(LogEntry entry) => entry.Index < Oldest.Index;

    internal void Append(ChangeKind kind, long revision, StoredObject? current, StoredObject? previous)
    {
        var last = _newest;
        var after = kind switch
        {
            ChangeKind.Added => last.After.Add(current!),
            ChangeKind.Modified => last.After.Remove(previous!).Add(current!),
            ChangeKind.Deleted => last.After.Remove(previous!),
            _ => last.After,
        };
        var entry = new LogEntry(kind, last.Index + 1, revision, current, previous, after);
        if (kind is ChangeKind.Compacted or ChangeKind.Ended)
            Volatile.Write(ref _oldest, entry);
        else if (entry.Index - _oldest.Index > _capacity)
            Volatile.Write(ref _oldest, _oldest.Next.Result);
        Volatile.Write(ref _newest, entry);
        last.Link(entry);
    }
}
