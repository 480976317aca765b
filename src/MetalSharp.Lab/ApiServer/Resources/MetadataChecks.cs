using System.Text.Json.Nodes;
using MetalSharp.Lab.ApiServer.Http;

namespace MetalSharp.Lab.ApiServer.Resources;

/// <summary>What must be right in any object's metadata.</summary>
internal static class MetadataChecks
{
    private const string LabelValueRule =
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "
        + "alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is "
        + "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

    public static void Validate(ResourceType type, JsonObject next, JsonObject? before, List<FieldError> errors)
    {
        var meta = next.Meta();
        var name = meta.Text("name")!;
        if (before is null)
            ValidateName(type, name, errors);
        foreach (var (_, value) in meta["labels"] as JsonObject ?? [])
        {
            if (value.AsText() is not { } text || !IsLabelValue(text))
                errors.Add(FieldError.InvalidText("metadata.labels", value.Display(), LabelValueRule));
        }
        foreach (var (key, value) in meta["annotations"] as JsonObject ?? [])
        {
            if (value.AsText() is null)
                throw ApiException.BadRequest($"{type.Kind} in version \"{type.StorageApiVersion}\" cannot be handled as a {type.Kind}: metadata.annotations.{key} must be a string");
        }
        var index = 0;
        foreach (var owner in meta.List("ownerReferences"))
        {
            foreach (var member in new[] { "apiVersion", "kind", "name", "uid" })
            {
                if (owner.Text(member) is not { Length: > 0 })
                    errors.Add(FieldError.Required($"metadata.ownerReferences[{index}].{member}"));
            }
            index++;
        }
        if (before is not null && before.Meta()["deletionTimestamp"] is not null)
        {
            var had = before.Meta().List("finalizers").Select(one => one.AsText()).ToHashSet();
            var added = meta.List("finalizers").Select(one => one.AsText()).Where(one => !had.Contains(one)).ToList();
            if (added.Count > 0)
            {
                errors.Add(FieldError.Forbidden("metadata.finalizers",
                    $"no new finalizers can be added if the object is being deleted, found new finalizers []string{{\"{string.Join("\", \"", added)}\"}}"));
            }
        }
    }

    private static void ValidateName(ResourceType type, string name, List<FieldError> errors)
    {
        switch (type.Kind)
        {
            case "Service" when !type.IsCustom:
                break;   // stricter, in its own rules
            case "Role" or "ClusterRole" or "RoleBinding" or "ClusterRoleBinding" when !type.IsCustom:
                if (!Names.IsPathSegment(name))
                    errors.Add(FieldError.InvalidText("metadata.name", name, "may not contain '/' or '%'"));
                break;
            case "Namespace" when !type.IsCustom:
                if (!Names.IsDns1123Label(name))
                    errors.Add(FieldError.InvalidText("metadata.name", name, Names.Dns1123LabelRule));
                break;
            default:
                if (!Names.IsDns1123Subdomain(name))
                    errors.Add(FieldError.InvalidText("metadata.name", name, Names.Dns1123SubdomainRule));
                break;
        }
    }

    private static bool IsLabelValue(string text) => text.Length <= 63
        && (text.Length == 0 || (char.IsAsciiLetterOrDigit(text[0]) && char.IsAsciiLetterOrDigit(text[^1])
            && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.')));
}
