using System.Globalization;
using System.Text.Json.Nodes;
using MetalSharp.Lab.ApiServer.Http;
using MetalSharp.Lab.ApiServer.Storage;

namespace MetalSharp.Lab.ApiServer.Resources;

/// <summary>CustomResourceDefinitions are accepted and established at once: nothing here takes time.</summary>
internal sealed class DefinitionRules(TimeProvider clock) : ObjectRules
{
    public override void Complete(JsonObject next, JsonObject? before, StoreWriter store)
    {
        var spec = next.Section("spec");
        var names = spec.Section("names");
        var kind = names.Text("kind") ?? "";
        names.Default("singular", kind.ToLowerInvariant());
        names.Default("listKind", kind + "List");
        spec.Default("scope", "Namespaced");
        spec.Section("conversion").Default("strategy", "None");

        var status = next.Section("status");
        status["acceptedNames"] = names.DeepClone();
        var storage = spec.List("versions").FirstOrDefault(version => version.Flag("storage") == true).Text("name");
        var stored = status["storedVersions"] as JsonArray ?? [];
        if (storage is not null && stored.All(version => version.AsText() != storage))
            stored.Add(storage);
        if (stored.Parent is null)
            status["storedVersions"] = stored;
        if (status["conditions"] is null)
        {
            status["conditions"] = new JsonArray(
                Condition("NamesAccepted", "NoConflicts", "no conflicts found"),
                Condition("Established", "InitialNamesAccepted", "the initial names have been accepted"));
        }
    }

    public override void Validate(JsonObject next, JsonObject? before, StoreWriter store, List<FieldError> errors)
    {
        var spec = next.Section("spec");
        var (group, plural) = (spec.Text("group") ?? "", spec.Text("names", "plural") ?? "");
        if (group.Length == 0)
            errors.Add(FieldError.Required("spec.group"));
        if (plural.Length == 0)
            errors.Add(FieldError.Required("spec.names.plural"));
        if (spec.Text("names", "kind") is not { Length: > 0 })
            errors.Add(FieldError.Required("spec.names.kind"));
        if (next.Meta().Text("name") != $"{plural}.{group}")
            errors.Add(FieldError.InvalidText("metadata.name", next.Meta().Text("name") ?? "", "must be spec.names.plural+\".\"+spec.group"));
        if (spec.Text("scope") is not ("Namespaced" or "Cluster"))
            errors.Add(FieldError.NotSupported("spec.scope", spec.Text("scope") ?? "", "Cluster", "Namespaced"));
        if (spec.List("versions").Count(version => version.Flag("storage") == true) != 1)
            errors.Add(FieldError.Invalid("spec.versions", "[]", "must have exactly one version marked as storage version"));
        var index = 0;
        foreach (var version in spec.List("versions"))
        {
            if (version.At("schema", "openAPIV3Schema") is null)
                errors.Add(FieldError.Required($"spec.versions[{index}].schema.openAPIV3Schema", "schemas are required"));
            index++;
        }
    }

    private JsonObject Condition(string type, string reason, string message) => new()
    {
        ["type"] = type,
        ["status"] = "True",
        ["lastTransitionTime"] = clock.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture),
        ["reason"] = reason,
        ["message"] = message,
    };
}
