using System.Globalization;
using System.Text.Json.Nodes;

namespace MetalSharp.Lab.ApiServer.Patching;

/// <summary>JSON patch, RFC 6902, with pointers of RFC 6901.</summary>
internal static class JsonPatch
{
    private const string BehindLast = "-";

    public static JsonNode? Apply(JsonNode? document, JsonArray patch)
    {
        // One holder above the root, so that a pointer to the whole document is no special case.
        var holder = new JsonObject { [""] = document?.DeepClone() };
        foreach (var step in patch)
            ApplyStep(holder, step as JsonObject ?? throw new PatchException("each operation of a JSON patch must be an object"));
        var result = holder[""];
        holder[""] = null;
        return result;
    }

    private static void ApplyStep(JsonObject holder, JsonObject step)
    {
        var operation = step.Text("op") ?? throw new PatchException("missing op of a JSON patch operation");
        var path = Pointer(step, "path");
        switch (operation)
        {
            case "add":
                Add(holder, path, Value(step));
                break;
            case "remove":
                Remove(holder, path);
                break;
            case "replace":
                Find(holder, path, out _);
                Set(holder, path, Value(step));
                break;
            case "move":
                var from = Pointer(step, "from");
                var moved = Find(holder, from, out _)?.DeepClone();
                Remove(holder, from);
                Add(holder, path, moved);
                break;
            case "copy":
                Add(holder, path, Find(holder, Pointer(step, "from"), out _)?.DeepClone());
                break;
            case "test":
                if (!JsonNode.DeepEquals(TryFind(holder, path), Value(step)))
                    throw new PatchException($"testing value {step.Text("path")} failed");
                break;
            default:
                throw new PatchException($"unexpected kind: {operation}");
        }
    }

    private static JsonNode? Value(JsonObject step) =>
        step.ContainsKey("value") ? step["value"]?.DeepClone() : throw new PatchException("missing value of a JSON patch operation");

    private static string[] Pointer(JsonObject step, string member)
    {
        var text = step.Text(member) ?? throw new PatchException($"missing {member} of a JSON patch operation");
        if (text.Length > 0 && text[0] != '/')
            throw new PatchException($"\"{text}\" is not a JSON pointer");
        var parts = text.Split('/');
        for (var i = 0; i < parts.Length; i++)
            parts[i] = parts[i].Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
        return parts;
    }

    private static JsonNode? TryFind(JsonObject holder, string[] path)
    {
        try
        {
            return Find(holder, path, out _);
        }
        catch (PatchException)
        {
            return null;
        }
    }

    private static JsonNode? Find(JsonObject holder, string[] path, out JsonNode parent)
    {
        parent = Parent(holder, path);
        var last = path[^1];
        switch (parent)
        {
            case JsonObject map when map.TryGetPropertyValue(last, out var value):
                return value;
            case JsonArray list:
                return list[Index(list.Count, last, path)];
            default:
                throw Missing(path);
        }
    }

    private static JsonNode Parent(JsonObject holder, string[] path)
    {
        JsonNode node = holder;
        foreach (var part in path.AsSpan(0, path.Length - 1))
        {
            node = node switch
            {
                JsonObject map => map[part],
                JsonArray list => list[Index(list.Count, part, path)],
                _ => null,
            } ?? throw Missing(path);
        }
        return node;
    }

    private static void Add(JsonObject holder, string[] path, JsonNode? value)
    {
        switch (Parent(holder, path))
        {
            case JsonObject map:
                map[path[^1]] = value;
                break;
            case JsonArray list when path[^1] == BehindLast:
                list.Add(value);
                break;
            case JsonArray list:
                list.Insert(Index(list.Count + 1, path[^1], path), value);
                break;
            default:
                throw Missing(path);
        }
    }

    private static void Set(JsonObject holder, string[] path, JsonNode? value)
    {
        var parent = Parent(holder, path);
        if (parent is JsonArray list)
            list[Index(list.Count, path[^1], path)] = value;
        else
            parent[path[^1]] = value;
    }

    private static void Remove(JsonObject holder, string[] path)
    {
        Find(holder, path, out var parent);
        if (parent is JsonArray list)
            list.RemoveAt(Index(list.Count, path[^1], path));
        else
            parent.AsObject().Remove(path[^1]);
    }

    private static int Index(int count, string text, string[] path) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index < count ? index : throw Missing(path);

    private static PatchException Missing(string[] path) =>
        new($"the path {string.Join('/', path)} does not exist in the object");
}
