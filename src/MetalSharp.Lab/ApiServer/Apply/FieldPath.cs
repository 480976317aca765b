using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using MetalSharp.Lab.ApiServer.Patching;

namespace MetalSharp.Lab.ApiServer.Apply;

/// <summary>The elements paths of owned fields are made of, in their written form.</summary>
internal static class FieldPath
{
    private static readonly JsonSerializerOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Member(string name) => "f:" + name;

    /// <summary>How a list item is told from its siblings, or null when it lacks every key.</summary>
    public static string? Item(JsonNode? item, MergeSchema list)
    {
        if (list.Shape == ListShape.Set)
            return "v:" + (item?.ToJsonString(Compact) ?? "null");
        if (item is not JsonObject map)
            return null;
        var keys = new JsonObject();
        foreach (var key in list.Keys.OrderBy(key => key.Name, StringComparer.Ordinal))
        {
            if (map[key.Name] is { } value)
                keys[key.Name] = value.DeepClone();
            else if (key.Default is { } standard)
                keys[key.Name] = standard;
        }
        return keys.Count == 0 ? null : "k:" + keys.ToJsonString(Compact);
    }

    public static string Display(string element)
    {
        var content = element[2..];
        return element[0] switch
        {
            'f' => "." + content,
            'k' => $"[{string.Join(',', JsonNode.Parse(content)!.AsObject().Select(key => $"{key.Key}={key.Value?.ToJsonString(Compact)}"))}]",
            _ => $"[={content}]",
        };
    }
}
