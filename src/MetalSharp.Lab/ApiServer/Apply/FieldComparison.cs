using System.Text.Json.Nodes;
using MetalSharp.Lab.ApiServer.Patching;

namespace MetalSharp.Lab.ApiServer.Apply;

/// <summary>Which fields differ between two states of an object.</summary>
internal sealed record FieldComparison(FieldSet Added, FieldSet Modified, FieldSet Removed)
{
    private static readonly FieldComparison Nothing = new(FieldSet.Empty, FieldSet.Empty, FieldSet.Empty);

    public FieldSet Changed => Added.Union(Modified);

    public static FieldComparison Between(JsonNode? before, JsonNode? after, MergeSchema schema)
    {
        switch (before, after)
        {
            case (null, null):
                return Nothing;
            case (null, _):
                return Nothing with { Added = Everything(after, schema) };
            case (_, null):
                return Nothing with { Removed = Everything(before, schema) };
            case (JsonObject old, JsonObject now) when !schema.IsAtomicMap:
                return Join(old.Select(one => one.Key).Concat(now.Select(one => one.Key)).Distinct()
                    .Select(key => (FieldPath.Member(key), Between(old[key], now[key], schema.Field(key)))));
            case (JsonArray old, JsonArray now) when schema.Shape != ListShape.Atomic:
                var (oldItems, newItems) = (ByElement(old, schema), ByElement(now, schema));
                return Join(oldItems.Keys.Concat(newItems.Keys).Distinct()
                    .Select(key => (key, Between(oldItems.GetValueOrDefault(key), newItems.GetValueOrDefault(key), schema.Items))));
            default:
                return JsonNode.DeepEquals(before, after) ? Nothing : Nothing with { Modified = FieldSet.Leaf };
        }
    }

    /// <summary>A value and all that is in it.</summary>
    public static FieldSet Everything(JsonNode? value, MergeSchema schema) => Fields(value, schema, withContainers: true);

    /// <summary>What somebody who applies this value owns: its leaves, and each item of a list as being there.</summary>
    public static FieldSet Applied(JsonNode? value, MergeSchema schema) => Fields(value, schema, withContainers: false);

    public static Dictionary<string, JsonNode?> ByElement(JsonArray list, MergeSchema schema)
    {
        var items = new Dictionary<string, JsonNode?>(StringComparer.Ordinal);
        foreach (var item in list)
        {
            if (FieldPath.Item(item, schema) is { } element)
                items.TryAdd(element, item);
        }
        return items;
    }

    private static FieldSet Fields(JsonNode? value, MergeSchema schema, bool withContainers)
    {
        switch (value)
        {
            case JsonObject { Count: > 0 } map when !schema.IsAtomicMap:
                return FieldSet.Of(withContainers, map.Select(member =>
                    KeyValuePair.Create(FieldPath.Member(member.Key), Fields(member.Value, schema.Field(member.Key), withContainers))));
            case JsonArray { Count: > 0 } list when schema.Shape != ListShape.Atomic:
                return FieldSet.Of(withContainers, ByElement(list, schema).Select(item =>
                    KeyValuePair.Create(item.Key, Fields(item.Value, schema.Items, withContainers).Union(FieldSet.Leaf))));
            default:
                return FieldSet.Leaf;
        }
    }

    private static FieldComparison Join(IEnumerable<(string Element, FieldComparison Part)> parts)
    {
        var all = parts.ToList();
        FieldSet Collect(Func<FieldComparison, FieldSet> side) =>
            FieldSet.Of(false, all.Select(part => KeyValuePair.Create(part.Element, side(part.Part))));
        return new FieldComparison(Collect(part => part.Added), Collect(part => part.Modified), Collect(part => part.Removed));
    }
}
