using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using MetalSharp.Lab.ApiServer.Apply;
using MetalSharp.Lab.ApiServer.Http;
using MetalSharp.Lab.ApiServer.Storage;

namespace MetalSharp.Lab.ApiServer.Resources;

/// <summary>How a write is to be done and in whose name its fields are owned.</summary>
internal sealed record WriteOptions(string FieldManager, bool IsDryRun = false, string Subresource = "");

/// <summary>
/// The rules every write follows whatever the kind: names, versions, preconditions, subresources, generations, finalizers,
/// field ownership. All of it runs on the store's loop, inside the write it belongs to.
/// </summary>
internal sealed class ObjectWrites(BuiltInResources builtIns, TimeProvider clock)
{
    private const string SuffixAlphabet = "bcdfghjklmnpqrstvwxz2456789";
    private const int MaxGeneratedTries = 8;

    private static readonly string[] KeptMembers =
        ["namespace", "uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation", "generateName"];

    private string Now => clock.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);

    public StoredObject Create(StoreWriter store, ServedResource resource, string @namespace, JsonObject given, WriteOptions options)
    {
        CheckIdentity(resource, @namespace, given);
        if (resource.HasStatus && resource.Type.Rules.DropsStatusOnCreate)
            given.Remove("status");
        FieldOwnership.RecordUpdate([], given, Manager(resource, options), resource.Schema, Now);
        return CreateOwned(store, resource, @namespace, given, options);
    }

    public StoredObject CreateInternally(StoreWriter store, ResourceType type, JsonObject given)
    {
        var resource = builtIns.Served.First(served => served.Type == type && served.IsStorageForm);
        return Create(store, resource, given.Meta().Text("namespace") ?? "", given, new WriteOptions("metalsharp-lab"));
    }

    /// <summary>Server-side apply: creates the object or merges into it, by who owns which field.</summary>
    public (StoredObject Stored, bool IsCreated) Apply(
        StoreWriter store, ServedResource resource, ObjectKey key, JsonObject configuration, bool isForced, WriteOptions options)
    {
        CheckIdentity(resource, key.Namespace, configuration);
        if (configuration.Meta().Text("name") is { } named && named != key.Name)
            throw ApiException.BadRequest($"the name of the object ({named}) does not match the name on the URL ({key.Name})");
        configuration.Meta()["name"] = key.Name;
        if (configuration.Meta()["managedFields"] is not null)
            throw ApiException.BadRequest("metadata.managedFields must be nil");
        var manager = Manager(resource, options) with { Operation = FieldManager.ApplyOperation };
        if (store.Find(resource.Type, key) is null)
        {
            if (options.Subresource.Length > 0)
                throw ApiException.NotFound(resource.Name, key.Name);
            if (configuration.Meta()["uid"] is not null)
                throw ApiException.Conflict(resource.Name, key.Name, "uid mismatch: the provided object specified a uid, and no existing object was found");
            var wanted = RestrictConfiguration(resource, options.Subresource, configuration);
            var created = FieldOwnership.Apply([], wanted, manager, isForced, resource.Schema, Now);
            return (CreateOwned(store, resource, key.Namespace, created, options), true);
        }
        var stored = Change(store, resource, key, options, isWholeObject: false,
            (live, next) => FieldOwnership.Apply(
                live, RestrictConfiguration(resource, options.Subresource, next), manager, isForced, resource.Schema, Now),
            _ => configuration);
        return (stored, false);
    }

    /// <summary>Replaces an object by what the client sends.</summary>
    public StoredObject Update(StoreWriter store, ServedResource resource, ObjectKey key, JsonObject given, WriteOptions options)
    {
        CheckIdentity(resource, key.Namespace, given);
        if (given.Meta().Text("name") is not { } named || named != key.Name)
            throw ApiException.BadRequest($"the name of the object ({given.Meta().Text("name")}) does not match the name on the URL ({key.Name})");
        return Change(store, resource, key, options, isWholeObject: true, RecordUpdate(resource, options), _ => given);
    }

    /// <summary>Changes an object as a patch says; the function may change the node it is given and returns the result.</summary>
    public StoredObject Patch(
        StoreWriter store, ServedResource resource, ObjectKey key, Func<JsonObject, JsonObject> patch, WriteOptions options) =>
        Change(store, resource, key, options, isWholeObject: false, RecordUpdate(resource, options), patch);

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

    private StoredObject CreateOwned(StoreWriter store, ServedResource resource, string @namespace, JsonObject given, WriteOptions options)
    {
        var type = resource.Type;
        CheckNamespace(store, type, @namespace);
        given["apiVersion"] = resource.ApiVersion;
        given["kind"] = type.Kind;
        var meta = given.Meta();
        if (type.Namespaced)
            meta["namespace"] = @namespace;
        NameNew(store, type, @namespace, meta);
        var name = meta.Text("name")!;
        if (store.Find(type, new ObjectKey(@namespace, name)) is not null)
            throw ApiException.AlreadyExists(resource.Name, name);

        ToStored(resource, given);
        meta["uid"] = Guid.NewGuid().ToString();
        meta["creationTimestamp"] = Now;
        foreach (var member in new[] { "deletionTimestamp", "deletionGracePeriodSeconds", "resourceVersion", "selfLink", "generation" })
            meta.Remove(member);
        if (type.CountsGenerations)
            meta["generation"] = 1;
        type.Rules.Complete(given, null, store);
        Check(store, resource, given, null, options);
        return options.IsDryRun ? StoredObject.Create(type, given, 0) : store.Put(type, given);
    }

    private Func<JsonObject, JsonObject, JsonObject> RecordUpdate(ServedResource resource, WriteOptions options) => (live, next) =>
    {
        var restricted = Restrict(resource, options.Subresource, live, next);
        FieldOwnership.RecordUpdate(live, restricted, Manager(resource, options), resource.Schema, Now);
        return restricted;
    };

    private StoredObject Change(
        StoreWriter store, ServedResource resource, ObjectKey key, WriteOptions options, bool isWholeObject,
        Func<JsonObject, JsonObject, JsonObject> own, Func<JsonObject, JsonObject> change)
    {
        var type = resource.Type;
        var stored = store.Find(type, key) ?? throw ApiException.NotFound(resource.Name, key.Name);
        var live = stored.Parse();
        FromStored(resource, live);
        var given = change((JsonObject)live.DeepClone());
        given.DropNulls();
        DropEmpty(given.Meta());
        CheckVersion(resource, stored, given, isWholeObject);
        var next = own(live, given);
        ToStored(resource, next);
        var before = stored.Parse();
        foreach (var member in KeptMembers)
            Keep(next.Meta(), before.Meta(), member);
        next.Meta()["name"] = key.Name;
        next.Meta().Remove("selfLink");

        type.Rules.Complete(next, before, store);
        if (type.CountsGenerations && options.Subresource != "status" && !SameIntent(next, before))
            next.Meta()["generation"] = (before.Meta().Number("generation") ?? 0) + 1;
        next.Meta()["resourceVersion"] = RevisionText(stored.Revision);
        if (SameContent(next, before))
            return stored;

        Check(store, resource, next, before, options);
        if (options.IsDryRun)
            return StoredObject.Create(type, next, stored.Revision);
        var changed = store.Put(type, next);
        if (changed is { IsTerminating: true, Finalizers: [] } && type != builtIns.Namespaces)
            return Remove(store, type, changed);
        return changed;
    }

    private static StoredObject Remove(StoreWriter store, ResourceType type, StoredObject stored)
    {
        type.Rules.Release(stored.Parse());
        return store.Remove(type, stored);
    }

    private static void Check(StoreWriter store, ServedResource resource, JsonObject next, JsonObject? before, WriteOptions options)
    {
        var type = resource.Type;
        var name = next.Meta().Text("name")!;
        var errors = new List<FieldError>();
        MetadataChecks.Validate(type, next, before, errors);
        type.Rules.Validate(next, before, store, errors);
        if (errors.Count == 0)
            type.Rules.Claim(next, before, options.IsDryRun, errors);
        if (errors.Count > 0)
            throw ApiException.Invalid(type.Kind, type.Group, name, errors);
    }

    /// <summary>What this endpoint may change of the object: all but status, or nothing but status and metadata.</summary>
    private static JsonObject Restrict(ServedResource resource, string subresource, JsonObject live, JsonObject given)
    {
        if (!resource.HasStatus)
            return given;
        if (subresource != "status")
        {
            Keep(given, live, "status");
            return given;
        }
        var next = (JsonObject)live.DeepClone();
        Keep(next, given, "status");
        // Of a custom object only the status; of a built-in one the metadata too.
        if (resource.Type.IsCustom)
            Keep(next.Meta(), given.Meta(), "managedFields");
        else
            Keep(next, given, "metadata");
        return next;
    }

    private static JsonObject RestrictConfiguration(ServedResource resource, string subresource, JsonObject configuration)
    {
        if (!resource.HasStatus)
            return configuration;
        if (subresource != "status")
        {
            configuration.Remove("status");
            return configuration;
        }
        foreach (var member in configuration.Select(one => one.Key).Where(key => key is not ("apiVersion" or "kind" or "metadata" or "status")).ToList())
            configuration.Remove(member);
        return configuration;
    }

    private static void Keep(JsonObject target, JsonObject source, string member)
    {
        if (source[member] is { } value)
            target[member] = value.DeepClone();
        else
            target.Remove(member);
    }

    private static void CheckIdentity(ServedResource resource, string @namespace, JsonObject given)
    {
        given.DropNulls();
        DropEmpty(given.Meta());
        if (given.Text("kind") is { } kind && kind != resource.Type.Kind)
            throw ApiException.BadRequest($"the kind in the data ({kind}) does not match the expected kind ({resource.Type.Kind})");
        if (given.Text("apiVersion") is { } version && version != resource.ApiVersion)
            throw ApiException.BadRequest($"the API version in the data ({version}) does not match the expected API version ({resource.ApiVersion})");
        var givenNamespace = given.Meta().Text("namespace") ?? "";
        if (givenNamespace.Length > 0 && givenNamespace != @namespace)
            throw ApiException.BadRequest("the namespace of the provided object does not match the namespace sent on the request");
    }

    private static void DropEmpty(JsonObject meta)
    {
        foreach (var member in new[] { "labels", "annotations", "finalizers", "ownerReferences" })
        {
            if (meta[member] is JsonObject { Count: 0 } or JsonArray { Count: 0 })
                meta.Remove(member);
        }
    }

    private static void CheckVersion(ServedResource resource, StoredObject stored, JsonObject given, bool isWholeObject)
    {
        var name = stored.Key.Name;
        if (given.Meta().Text("uid") is { Length: > 0 } uid && uid != stored.Uid)
            throw ApiException.Conflict(resource.Name, name, $"Precondition failed: UID in precondition: {uid}, UID in object meta: {stored.Uid}");
        var version = given.Meta().Text("resourceVersion") ?? "";
        if (version.Length > 0 && version != RevisionText(stored.Revision))
            throw ApiException.Stale(resource.Name, name);
        if (version.Length == 0 && isWholeObject && !resource.Type.AllowsBlindUpdate)
        {
            throw ApiException.Invalid(resource.Type.Kind, resource.Group, name,
                [FieldError.Invalid("metadata.resourceVersion", "0x0", "must be specified for an update")]);
        }
    }

    private void CheckNamespace(StoreWriter store, ResourceType type, string @namespace)
    {
        if (!type.Namespaced)
            return;
        var stored = store.Find(builtIns.Namespaces, new ObjectKey("", @namespace))
            ?? throw ApiException.NotFound(builtIns.Namespaces.Name, @namespace);
        if (stored.IsTerminating)
        {
            throw ApiException.Forbidden(type.Name, "",
                $"unable to create new content in namespace {@namespace} because it is being terminated");
        }
    }

    private static void NameNew(StoreWriter store, ResourceType type, string @namespace, JsonObject meta)
    {
        if (meta.Text("name") is { Length: > 0 })
            return;
        if (meta.Text("generateName") is not { Length: > 0 } prefix)
        {
            throw ApiException.Invalid(type.Kind, type.Group, "",
                [FieldError.Required("metadata.name", "name or generateName is required")]);
        }
        for (var i = 0; i < MaxGeneratedTries; i++)
        {
            meta["name"] = prefix + RandomNumberGenerator.GetString(SuffixAlphabet, 5);
            if (store.Find(type, new ObjectKey(@namespace, meta.Text("name")!)) is null)
                return;
        }
    }

    private static void ToStored(ServedResource resource, JsonObject given)
    {
        if (resource.Conversion is { } conversion)
            conversion.ToStored(given);
        given["apiVersion"] = resource.Type.StorageApiVersion;
        given["kind"] = resource.Type.Kind;
    }

    private static void FromStored(ServedResource resource, JsonObject stored)
    {
        resource.Conversion?.FromStored(stored);
        stored["apiVersion"] = resource.ApiVersion;
    }

    // A new generation is a new wish: everything but metadata and status.
    private static bool SameIntent(JsonObject next, JsonObject before) => Same(next, before, "metadata", "status");

    private static bool SameContent(JsonObject next, JsonObject before) =>
        Same(next, before, "metadata") && Same(next.Meta(), before.Meta(), "managedFields")
        && FieldOwnership.Same(next.Meta()["managedFields"], before.Meta()["managedFields"]);

    private static bool Same(JsonObject next, JsonObject before, params ReadOnlySpan<string> ignored)
    {
        foreach (var (key, value) in next)
        {
            if (!ignored.Contains(key) && !JsonNode.DeepEquals(value, before[key]))
                return false;
        }
        foreach (var (key, _) in before)
        {
            if (!ignored.Contains(key) && !next.ContainsKey(key))
                return false;
        }
        return true;
    }

    private static FieldManager Manager(ServedResource resource, WriteOptions options) =>
        new(options.FieldManager, FieldManager.UpdateOperation, resource.ApiVersion, options.Subresource);

    private static string RevisionText(long revision) => revision.ToString(CultureInfo.InvariantCulture);
}
