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
internal sealed partial class ObjectWrites(BuiltInResources builtIns, TimeProvider clock)
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

    private static FieldManager Manager(ServedResource resource, WriteOptions options) =>
        new(options.FieldManager, FieldManager.UpdateOperation, resource.ApiVersion, options.Subresource);

    private static string RevisionText(long revision) => revision.ToString(CultureInfo.InvariantCulture);
}
