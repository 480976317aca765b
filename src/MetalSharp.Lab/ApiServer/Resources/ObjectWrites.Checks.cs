using System.Text.Json.Nodes;
using MetalSharp.Lab.ApiServer.Apply;
using MetalSharp.Lab.ApiServer.Http;
using MetalSharp.Lab.ApiServer.Storage;

namespace MetalSharp.Lab.ApiServer.Resources;

internal sealed partial class ObjectWrites
{
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
}
