using System.Text.Json.Nodes;
using MetalSharp.Lab.ApiServer.Storage;

namespace MetalSharp.Lab.ApiServer.Resources;

/// <summary>
/// What follows from a write by itself: dependents go with their owners, contents with their namespace, custom objects
/// with their definition, and a new namespace gets its ServiceAccount. Runs on the store's loop, inside the write.
/// </summary>
internal sealed class ObjectLifecycle(BuiltInResources builtIns, ResourceRegistry registry, ObjectWrites writes, NamespaceSweep? sweep = null)
{
    private readonly Dictionary<string, HashSet<(ResourceType Type, ObjectKey Key)>> _dependents = [];
    private readonly Dictionary<string, (ResourceType Type, ObjectKey Key)> _living = [];

    public void AfterWrite(StoreWriter store)
    {
        // Following up makes more changes, which are followed up in their turn.
        for (var i = 0; i < store.Changes.Count; i++)
        {
            var change = store.Changes[i];
            Track(change);
            if (change.Type == builtIns.Definitions)
                FollowDefinition(store, change);
            if (change.Type == builtIns.Namespaces)
                FollowNamespace(store, change);
            FollowOwnership(store, change);
            if (change.After is null && change.Type.Namespaced)
                FinishNamespace(store, change.Subject.Key.Namespace);
        }
    }

    private void Track(Change change)
    {
        var place = (change.Type, change.Subject.Key);
        if (change.After is null)
            _living.Remove(change.Subject.Uid);
        else
            _living[change.Subject.Uid] = place;
        foreach (var owner in change.Before?.OwnerUids ?? [])
        {
            if (_dependents.TryGetValue(owner, out var set) && set.Remove(place) && set.Count == 0)
                _dependents.Remove(owner);
        }
        foreach (var owner in change.After?.OwnerUids ?? [])
        {
            if (!_dependents.TryGetValue(owner, out var set))
                _dependents[owner] = set = [];
            set.Add(place);
        }
    }

    private void FollowDefinition(StoreWriter store, Change change)
    {
        if (change.After is not null)
        {
            registry.Define(change.Subject.Key.Name, change.After.Parse());
            return;
        }
        if (registry.Define(change.Subject.Key.Name, null) is not [{ Type: var type }, ..])
            return;
        foreach (var stored in store.Range(type, "").ToList())
            store.Remove(type, stored);
        store.End(type);
    }

    private void FollowNamespace(StoreWriter store, Change change)
    {
        var name = change.Subject.Key.Name;
        if (change is { Before: null, After: not null })
        {
            writes.CreateInternally(store, builtIns.ServiceAccounts, new JsonObject
            {
                ["apiVersion"] = "v1",
                ["kind"] = "ServiceAccount",
                ["metadata"] = new JsonObject { ["name"] = "default", ["namespace"] = name },
            });
            return;
        }
        if (change is { Before.IsTerminating: false, After.IsTerminating: true } && sweep?.TryPostpone(name) != true)
            EmptyNamespace(store, name);
    }

    /// <summary>Deletes what is in a namespace that is being deleted; the namespace goes with the last of it.</summary>
    public void EmptyNamespace(StoreWriter store, string name)
    {
        // It may have gone by itself and been made anew.
        if (store.Find(builtIns.Namespaces, new ObjectKey("", name)) is not { IsTerminating: true })
            return;
        foreach (var type in registry.Types.Where(type => type.Namespaced).ToList())
        {
            foreach (var stored in store.Range(type, name).ToList())
                writes.Delete(store, type, stored, DeletionPolicy.Background);
        }
        FinishNamespace(store, name);
    }

    private void FinishNamespace(StoreWriter store, string name)
    {
        if (store.Find(builtIns.Namespaces, new ObjectKey("", name)) is not { IsTerminating: true, Finalizers: [] } stored)
            return;
        if (registry.Types.All(type => !type.Namespaced || store.Range(type, name).Count == 0))
            store.Remove(builtIns.Namespaces, stored);
    }

    private void FollowOwnership(StoreWriter store, Change change)
    {
        if (change is { After: { OwnerUids.Length: > 0, IsTerminating: false } stored } && stored.OwnerUids.All(owner => !_living.ContainsKey(owner)))
        {
            if (store.Find(change.Type, stored.Key) is { } present && present.Uid == stored.Uid)
                writes.Delete(store, change.Type, present, DeletionPolicy.Background);
            return;
        }

        if (change.After is null)
        {
            foreach (var owner in change.Before!.OwnerUids)
                FinishForegroundDeletion(store, owner);
            foreach (var dependent in Dependents(store, change.Subject.Uid))
            {
                if (dependent.Stored.OwnerUids.All(owner => !_living.ContainsKey(owner)))
                    writes.Delete(store, dependent.Type, dependent.Stored, DeletionPolicy.Background);
            }
            return;
        }

        if (change.After is not { IsTerminating: true } terminating || change.Before?.IsTerminating == true)
            return;
        if (terminating.Finalizers.Contains(DeletionPolicy.OrphanFinalizer))
        {
            foreach (var dependent in Dependents(store, terminating.Uid))
                ObjectWrites.DropOwner(store, dependent.Type, dependent.Stored, terminating.Uid);
            writes.DropFinalizer(store, change.Type, terminating.Key, DeletionPolicy.OrphanFinalizer);
        }
        else if (terminating.Finalizers.Contains(DeletionPolicy.ForegroundFinalizer))
        {
            foreach (var dependent in Dependents(store, terminating.Uid))
                writes.Delete(store, dependent.Type, dependent.Stored, DeletionPolicy.Foreground);
            FinishForegroundDeletion(store, terminating.Uid);
        }
    }

    private void FinishForegroundDeletion(StoreWriter store, string owner)
    {
        if (_living.TryGetValue(owner, out var place)
            && store.Find(place.Type, place.Key) is { IsTerminating: true } stored
            && stored.Finalizers.Contains(DeletionPolicy.ForegroundFinalizer)
            && Dependents(store, owner).Count == 0)
        {
            writes.DropFinalizer(store, place.Type, place.Key, DeletionPolicy.ForegroundFinalizer);
        }
    }

    private List<(ResourceType Type, StoredObject Stored)> Dependents(StoreWriter store, string owner) =>
        _dependents.TryGetValue(owner, out var places)
            ? [.. places.Select(place => (place.Type, Stored: store.Find(place.Type, place.Key))).Where(one => one.Stored is not null).Select(one => (one.Type, one.Stored!))]
            : [];
}
