using System.Text.Json.Nodes;
using MetalSharp.Lab.ApiServer.Resources;

namespace MetalSharp.Lab.ApiServer.Storage;

/// <summary>What one write has done to one object; null before means created, null after means removed.</summary>
internal readonly record struct Change(ResourceType Type, StoredObject? Before, StoredObject? After)
{
    public StoredObject Subject => After ?? Before!;
}

/// <summary>The store as the one running write sees it. Only valid inside that write, on the store's loop.</summary>
internal sealed class StoreWriter(ClusterStore store)
{
    public List<Change> Changes { get; } = [];

    public StoredObject? Find(ResourceType type, ObjectKey key) => store.Log(type.Bucket).Find(key);

    public ObjectRange Range(ResourceType type, string @namespace) =>
        ObjectRange.Of(store.Log(type.Bucket).Newest.After, @namespace);

    /// <summary>Stores an object that is new or replaces the one with its key. The node is read, not kept.</summary>
    public StoredObject Put(ResourceType type, JsonObject content)
    {
        var log = store.Log(type.Bucket);
        var current = StoredObject.Create(type, content, store.NextRevision());
        var previous = log.Find(current.Key);
        log.Append(previous is null ? ChangeKind.Added : ChangeKind.Modified, current.Revision, current, previous);
        Changes.Add(new Change(type, previous, current));
        return current;
    }

    public StoredObject Remove(ResourceType type, StoredObject stored)
    {
        var last = StoredObject.Create(type, stored.Parse(), store.NextRevision());
        store.Log(type.Bucket).Append(ChangeKind.Deleted, last.Revision, last, stored);
        Changes.Add(new Change(type, stored, null));
        return last;
    }

    /// <summary>Ends the watches of a resource that is no longer served.</summary>
    public void End(ResourceType type) => store.Log(type.Bucket).Append(ChangeKind.Ended, store.NextRevision(), null, null);
}
