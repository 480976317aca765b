using System.Text.Json.Nodes;

namespace MetalSharp.Lab.ApiServer.Patching;

/// <summary>
/// Kubernetes' strategic merge patch: a merge patch whose lists are merged by the keys of the schema, with the
/// directives <c>$patch</c>, <c>$retainKeys</c>, <c>$setElementOrder</c> and <c>$deleteFromPrimitiveList</c>.
/// </summary>
internal static class StrategicMergePatch
{
    private const string Directive = "$patch";
    private const string RetainKeys = "$retainKeys";
    private const string OrderPrefix = "$setElementOrder/";
    private const string DeletePrefix = "$deleteFromPrimitiveList/";

    /// <summary>Changes the target in place and returns it; a <c>$patch: replace</c> at the top empties it first.</summary>
    public static JsonObject Apply(JsonObject target, JsonObject patch, MergeSchema schema)
    {
        switch (patch.Text(Directive))
        {
            case null or "merge":
                break;
            case "replace":
                target.Clear();
                break;
            case "delete":
                target.Clear();
                return target;
            case var unknown:
                throw new PatchException($"unknown patch type: {unknown}");
        }

        if (patch[RetainKeys] is JsonArray retained)
        {
            var keep = retained.Select(key => key.AsText()).ToHashSet();
            foreach (var key in target.Select(member => member.Key).Where(key => !keep.Contains(key)).ToList())
                target.Remove(key);
        }

        foreach (var (key, value) in patch)
        {
            if (key is Directive or RetainKeys || key.StartsWith(OrderPrefix, StringComparison.Ordinal))
                continue;
            if (key.StartsWith(DeletePrefix, StringComparison.Ordinal))
                DeleteScalars(target, key[DeletePrefix.Length..], value as JsonArray ?? []);
            else
                ApplyMember(target, key, value, schema.Field(key));
        }

        foreach (var (key, value) in patch)
        {
            if (!key.StartsWith(OrderPrefix, StringComparison.Ordinal) || value is not JsonArray order)
                continue;
            var name = key[OrderPrefix.Length..];
            if (target[name] is JsonArray list)
                Reorder(list, order, schema.Field(name).PatchKey ?? "");
        }
        return target;
    }

    private static void ApplyMember(JsonObject target, string key, JsonNode? value, MergeSchema schema)
    {
        switch (value)
        {
            case null:
                target.Remove(key);
                break;
            case JsonObject part when part.Text(Directive) == "delete":
                target.Remove(key);
                break;
            case JsonObject part:
                if (target[key] is not JsonObject present)
                    target[key] = present = [];
                Apply(present, part, schema);
                break;
            case JsonArray list when schema.PatchKey is { } mergeKey:
                if (target[key] is not JsonArray items)
                    target[key] = items = [];
                ApplyList(items, list, mergeKey, schema);
                break;
            default:
                target[key] = value.DeepClone();
                break;
        }
    }

    private static void ApplyList(JsonArray target, JsonArray patch, string mergeKey, MergeSchema schema)
    {
        if (mergeKey.Length == 0)
        {
            foreach (var value in patch)
            {
                if (!target.Any(present => JsonNode.DeepEquals(present, value)))
                    target.Add(value?.DeepClone());
            }
            return;
        }

        if (patch.Any(item => item.Text(Directive) == "replace"))
            target.Clear();
        foreach (var node in patch)
        {
            var item = node as JsonObject ?? throw new PatchException("a list that is merged by key must hold objects");
            var directive = item.Text(Directive);
            if (directive == "replace" && item.Count == 1)
                continue;
            var key = item[mergeKey] ?? throw new PatchException($"map: {item.ToJsonString()} does not contain declared merge key: {mergeKey}");
            var found = IndexOf(target, mergeKey, key);
            if (directive == "delete")
            {
                for (; found >= 0; found = IndexOf(target, mergeKey, key))
                    target.RemoveAt(found);
                continue;
            }
            if (found < 0)
            {
                target.Add(new JsonObject());
                found = target.Count - 1;
            }
            Apply(target[found]!.AsObject(), item, schema.Items);
        }
    }

    private static void DeleteScalars(JsonObject target, string name, JsonArray values)
    {
        if (target[name] is not JsonArray list)
            return;
        for (var i = list.Count - 1; i >= 0; i--)
        {
            if (values.Any(value => JsonNode.DeepEquals(value, list[i])))
                list.RemoveAt(i);
        }
    }

    // The named items come in the order given; the others keep their place relative to the named ones.
    private static void Reorder(JsonArray list, JsonArray order, string mergeKey)
    {
        JsonNode? KeyOf(JsonNode? item) => mergeKey.Length == 0 ? item : item.At(mergeKey);
        int Rank(JsonNode? item)
        {
            for (var i = 0; i < order.Count; i++)
            {
                if (JsonNode.DeepEquals(KeyOf(order[i]), KeyOf(item)))
                    return i;
            }
            return -1;
        }

        var items = list.Select((item, position) => (Item: item, Position: position, Rank: Rank(item))).ToList();
        var named = new Queue<(JsonNode? Item, int Position, int Rank)>(items.Where(one => one.Rank >= 0).OrderBy(one => one.Rank));
        var others = new Queue<(JsonNode? Item, int Position, int Rank)>(items.Where(one => one.Rank < 0));
        list.Clear();
        while (named.Count > 0 || others.Count > 0)
        {
            var takeOther = named.Count == 0 || (others.Count > 0 && others.Peek().Position < named.Peek().Position);
            list.Add((takeOther ? others : named).Dequeue().Item);
        }
    }

    private static int IndexOf(JsonArray list, string mergeKey, JsonNode key)
    {
        for (var i = 0; i < list.Count; i++)
        {
            if (JsonNode.DeepEquals(list[i].At(mergeKey), key))
                return i;
        }
        return -1;
    }
}
