using System.Text.Json.Nodes;
using MetalSharp.Lab.ApiServer.Http;
using MetalSharp.Lab.ApiServer.Storage;

namespace MetalSharp.Lab.ApiServer.Resources;

internal sealed partial class ObjectWrites
{
    /// <summary>Removes an object, or marks it when finalizers hold it. Returns what is left of it, or its last state.</summary>
    public (StoredObject Stored, bool IsGone) Delete(StoreWriter store, ResourceType type, StoredObject stored, DeletionPolicy policy)
    {
        if (policy.Uid is { } uid && uid != stored.Uid)
            throw ApiException.Conflict(type.Name, stored.Key.Name, $"Precondition failed: UID in precondition: {uid}, UID in object meta: {stored.Uid}");
        if (policy.ResourceVersion is { } version && version != RevisionText(stored.Revision))
        {
            throw ApiException.Conflict(type.Name, stored.Key.Name,
                $"Precondition failed: ResourceVersion in precondition: {version}, ResourceVersion in object meta: {stored.Revision}");
        }
        if (type == builtIns.Namespaces && stored.Key.Name is ("default" or "kube-system"))
            throw ApiException.Forbidden(type.Name, stored.Key.Name, "this namespace may not be deleted");
        if (policy.IsDryRun)
            return (stored, true);
        if (stored.IsTerminating && policy.Finalizer is null)
            return stored.Finalizers.Length == 0 && type != builtIns.Namespaces ? (Remove(store, type, stored), true) : (stored, false);

        var next = stored.Parse();
        var finalizers = next.Meta()["finalizers"] as JsonArray ?? [];
        if (policy.Finalizer is { } added && !stored.Finalizers.Contains(added))
            finalizers.Add(added);
        if (finalizers.Count == 0 && type != builtIns.Namespaces)
            return (Remove(store, type, stored), true);
        if (finalizers.Count > 0 && finalizers.Parent is null)
            next.Meta()["finalizers"] = finalizers;
        next.Meta().Default("deletionTimestamp", Now);
        next.Meta().Default("deletionGracePeriodSeconds", 0);
        if (type.CountsGenerations && !stored.IsTerminating)
            next.Meta()["generation"] = (next.Meta().Number("generation") ?? 0) + 1;
        type.Rules.Complete(next, stored.Parse(), store);
        var marked = store.Put(type, next);
        return (marked, false);
    }

    public static void DropOwner(StoreWriter store, ResourceType type, StoredObject stored, string owner)
    {
        var next = stored.Parse();
        var left = next.Meta().List("ownerReferences").Where(one => one.Text("uid") != owner).Select(one => one?.DeepClone()).ToArray();
        if (left.Length == 0)
            next.Meta().Remove("ownerReferences");
        else
            next.Meta()["ownerReferences"] = new JsonArray(left);
        store.Put(type, next);
    }

    public void DropFinalizer(StoreWriter store, ResourceType type, ObjectKey key, string finalizer)
    {
        if (store.Find(type, key) is not { } stored)
            return;
        var next = stored.Parse();
        var left = stored.Finalizers.Where(one => one != finalizer).Select(one => (JsonNode?)JsonValue.Create(one)).ToArray();
        if (left.Length == 0)
            next.Meta().Remove("finalizers");
        else
            next.Meta()["finalizers"] = new JsonArray(left);
        var kept = store.Put(type, next);
        if (left.Length == 0 && kept.IsTerminating && type != builtIns.Namespaces)
            Remove(store, type, kept);
    }

    private static StoredObject Remove(StoreWriter store, ResourceType type, StoredObject stored)
    {
        type.Rules.Release(stored.Parse());
        return store.Remove(type, stored);
    }
}
