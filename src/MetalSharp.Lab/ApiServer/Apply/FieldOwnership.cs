using System.Text.Json.Nodes;
using MetalSharp.Lab.ApiServer.Http;
using MetalSharp.Lab.ApiServer.Patching;

namespace MetalSharp.Lab.ApiServer.Apply;

/// <summary>
/// Server-side apply and the bookkeeping behind it: after every write, each field that somebody set belongs to whoever set
/// it last, and to everybody who applies the same value.
/// </summary>
internal static class FieldOwnership
{
    /// <summary>Nobody owns what identifies an object or what the server itself writes.</summary>
    private static readonly FieldSet Unowned = FieldSet.Of(false,
    [
        KeyValuePair.Create("f:apiVersion", FieldSet.Leaf),
        KeyValuePair.Create("f:kind", FieldSet.Leaf),
        KeyValuePair.Create("f:metadata", FieldSet.Of(true, new[]
        {
            "name", "namespace", "uid", "resourceVersion", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds",
            "generation", "selfLink", "managedFields",
        }.Select(member => KeyValuePair.Create(FieldPath.Member(member), FieldSet.Leaf)))),
    ]);

    /// <summary>Notes in the new state who owns what, after a client has written it whole or by a patch.</summary>
    public static void RecordUpdate(JsonObject live, JsonObject next, FieldManager manager, MergeSchema schema, string now)
    {
        var managers = ManagedFields.Read(Asked(live, next));
        var comparison = Compare(live, next, schema);
        managers.TakeFromOthers(manager, comparison.Changed);
        managers.Forget(comparison.Removed);
        managers.Set(manager, managers.Of(manager).Union(comparison.Changed), now);
        managers.Write(next);
    }

    /// <summary>Merges a configuration into the live object. Throws 409 with its causes when others own what it changes.</summary>
    public static JsonObject Apply(
        JsonObject live, JsonObject configuration, FieldManager manager, bool isForced, MergeSchema schema, string now)
    {
        var managers = ManagedFields.Read(live.Meta()["managedFields"]);
        var owned = managers.Of(manager);
        var applied = FieldComparison.Applied(configuration, schema).Without(Unowned);

        var next = (JsonObject)live.DeepClone();
        Merge(next, configuration, schema);
        managers.Set(manager, applied, now);
        Prune(next, owned, managers.All(), schema);

        var comparison = Compare(live, next, schema);
        var conflicts = managers.ConflictsOf(manager, comparison.Changed);
        if (conflicts.Count > 0 && !isForced)
            throw Conflict(conflicts);
        managers.TakeFromOthers(manager, comparison.Changed);
        managers.Forget(comparison.Removed);
        managers.Write(next);
        return next;
    }

    /// <summary>Whether two lists of managers say the same, but for when.</summary>
    public static bool Same(JsonNode? left, JsonNode? right) => ManagedFields.Read(left).SameAs(ManagedFields.Read(right));

    // A client may rewrite the ownership itself; an empty list resets it; rubbish is ignored.
    private static JsonNode? Asked(JsonObject live, JsonObject next) =>
        next.Meta()["managedFields"] is JsonArray given && ManagedFields.IsReadable(given) ? given : live.Meta()["managedFields"];

    private static FieldComparison Compare(JsonObject live, JsonObject next, MergeSchema schema)
    {
        var comparison = FieldComparison.Between(live, next, schema);
        return new FieldComparison(
            comparison.Added.Without(Unowned), comparison.Modified.Without(Unowned), comparison.Removed.Without(Unowned));
    }

    private static void Merge(JsonObject target, JsonObject source, MergeSchema schema)
    {
        foreach (var (key, value) in source)
        {
            var part = schema.Field(key);
            switch (target[key], value)
            {
                case (JsonObject present, JsonObject wanted) when !part.IsAtomicMap:
                    Merge(present, wanted, part);
                    break;
                case (JsonArray present, JsonArray wanted) when part.Shape != ListShape.Atomic:
                    MergeList(present, wanted, part);
                    break;
                default:
                    target[key] = value?.DeepClone();
                    break;
            }
        }
    }

    private static void MergeList(JsonArray target, JsonArray source, MergeSchema schema)
    {
        var present = FieldComparison.ByElement(target, schema);
        foreach (var item in source)
        {
            var element = FieldPath.Item(item, schema) ?? throw ApiException.BadRequest(
                $"an item of a list lacks the keys that identify it ({string.Join(", ", schema.Keys.Select(key => key.Name))})");
            if (!present.TryGetValue(element, out var existing))
                target.Add(item?.DeepClone());
            else if (existing is JsonObject map && item is JsonObject wanted)
                Merge(map, wanted, schema.Items);
        }
    }

    /// <summary>Removes what the applier owned before and nobody owns now; what nobody ever owned stays.</summary>
    private static void Prune(JsonNode node, FieldSet owned, FieldSet stillOwned, MergeSchema schema)
    {
        switch (node)
        {
            case JsonObject map:
                foreach (var key in map.Select(member => member.Key).ToList())
                {
                    var element = FieldPath.Member(key);
                    if (IsDropped(map[key], owned.Child(element), stillOwned.Child(element), schema.Field(key)))
                        map.Remove(key);
                }
                break;
            case JsonArray list when schema.Shape != ListShape.Atomic:
                for (var i = list.Count - 1; i >= 0; i--)
                {
                    if (FieldPath.Item(list[i], schema) is { } element
                        && IsDropped(list[i], owned.Child(element), stillOwned.Child(element), schema.Items))
                    {
                        list.RemoveAt(i);
                    }
                }
                break;
        }
    }

    private static bool IsDropped(JsonNode? value, FieldSet owned, FieldSet stillOwned, MergeSchema schema)
    {
        if (owned.IsEmpty)
            return false;
        if (stillOwned.IsEmpty && owned.IsMember)
            return true;
        if (value is null)
            return false;
        Prune(value, owned, stillOwned, schema);
        return stillOwned.IsEmpty && value is JsonObject { Count: 0 } or JsonArray { Count: 0 };
    }

    private static ApiException Conflict(IReadOnlyList<(FieldManager Manager, string? Time, FieldSet Fields)> conflicts)
    {
        var causes = new JsonArray();
        var paragraphs = new List<string>();
        foreach (var (manager, time, fields) in conflicts.OrderBy(one => one.Manager.Name, StringComparer.Ordinal))
        {
            var who = $"\"{manager.Name}\"";
            if (manager.Subresource.Length > 0)
                who += $" with subresource \"{manager.Subresource}\"";
            if (!manager.Applies)
                who += $" using {manager.ApiVersion}" + (time is null ? "" : $" at {time}");
            var paths = fields.Paths().ToList();
            paragraphs.Add(paths is [var only]
                ? $"conflict with {who}: {only}"
                : $"conflicts with {who}:\n{string.Join('\n', paths.Select(path => $"- {path}"))}");
            foreach (var path in paths)
            {
                causes.Add(new JsonObject
                {
                    ["reason"] = "FieldManagerConflict",
                    ["message"] = $"conflict with {who}",
                    ["field"] = path,
                });
            }
        }
        var count = causes.Count == 1 ? "1 conflict" : $"{causes.Count} conflicts";
        return new ApiException(409, "Conflict", $"Apply failed with {count}: {string.Join("\n", paragraphs)}", new JsonObject { ["causes"] = causes });
    }
}
