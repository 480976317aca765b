using System.Collections.Immutable;
using System.Text.Json.Nodes;
using MetalSharp.Lab.ApiServer.Patching;
using MetalSharp.Lab.ApiServer.Tables;

namespace MetalSharp.Lab.ApiServer.Resources;

/// <summary>The resources that a CustomResourceDefinition defines, one for each served version.</summary>
internal static class CustomResources
{
    public static IReadOnlyList<ServedResource> Of(JsonObject definition)
    {
        var spec = definition.Section("spec");
        var names = spec.Section("names");
        var group = spec.Text("group")!;
        var versions = spec.List("versions").OfType<JsonObject>().ToList();
        var type = new ResourceType
        {
            Group = group,
            Plural = names.Text("plural")!,
            Kind = names.Text("kind")!,
            Singular = names.Text("singular") ?? "",
            Namespaced = spec.Text("scope") == "Namespaced",
            ShortNames = [.. names.List("shortNames").Select(name => name.AsText()!)],
            Categories = [.. names.List("categories").Select(name => name.AsText()!)],
            StorageApiVersion = $"{group}/{versions.First(version => version.Flag("storage") == true).Text("name")}",
            SelectableFields =
            [
                .. versions.SelectMany(version => version.List("selectableFields"))
                    .Select(field => field.Text("jsonPath")!.TrimStart('.')).Distinct()
                    .Select(path => new SelectableField(path, path)),
            ],
            CountsGenerations = true,
            AllowsBlindUpdate = false,
            IsCustom = true,
        };
        return [.. versions.Where(version => version.Flag("served") == true).Select(version => Serve(type, group, version))];
    }

    private static ServedResource Serve(ResourceType type, string group, JsonObject version)
    {
        var columns = version.List("additionalPrinterColumns").OfType<JsonObject>().Select(ToColumn).ToImmutableArray();
        return new ServedResource(type, group, version.Text("name")!)
        {
            Schema = MergeSchema.ForObject().WithFieldsOf(ToSchema(version.At("schema", "openAPIV3Schema") as JsonObject ?? [])),
            Columns = columns.IsEmpty ? Column.NameAndAge : [Column.ObjectName, .. columns],
            HasStatus = version.At("subresources", "status") is not null,
        };
    }

    private static MergeSchema ToSchema(JsonObject source)
    {
        var shape = source.Text("x-kubernetes-list-type") switch
        {
            "map" => ListShape.Map,
            "set" => ListShape.Set,
            _ => ListShape.Atomic,
        };
        var items = source["items"] as JsonObject;
        var keys = source.List("x-kubernetes-list-map-keys").Select(key => key.AsText()!)
            .Select(key => new ListKey(key, items.At("properties", key, "default")?.Display()));
        return MergeSchema.Custom(
            shape,
            [.. keys],
            source.Text("x-kubernetes-map-type") == "atomic",
            (source["properties"] as JsonObject ?? []).Where(property => property.Value is JsonObject)
                .Select(property => KeyValuePair.Create(property.Key, ToSchema(property.Value!.AsObject()))),
            source["additionalProperties"] is JsonObject values ? ToSchema(values) : null,
            items is null ? null : ToSchema(items));
    }

    private static Column ToColumn(JsonObject source)
    {
        var path = JsonPath.Parse(source.Text("jsonPath") ?? "");
        var type = source.Text("type") ?? "string";
        return new Column(source.Text("name") ?? "", (item, now) => ToCell(path, item, type, now))
        {
            Type = type,
            Format = source.Text("format") ?? "",
            Description = source.Text("description") ?? "",
            Priority = (int)(source.Number("priority") ?? 0),
        };
    }

    private static JsonNode? ToCell(JsonPath path, JsonObject item, string type, DateTimeOffset now)
    {
        var found = path.Select(item).ToList();
        if (found.Count == 0)
            return null;
        return type switch
        {
            "date" => HumanDuration.Since(found[0], now),
            "integer" or "number" or "boolean" => found[0]?.DeepClone(),
            _ => found.Count == 1 ? found[0].Display() : string.Join(',', found.Select(one => one.Display())),
        };
    }
}
