using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace MetalSharp.Lab.ApiServer;

/// <summary>Reading JSON objects as the API server does: absent, null and "of another type" are the same.</summary>
internal static class JsonAccess
{
    private static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    public static JsonObject Meta(this JsonObject source) => source.Section("metadata");

    /// <summary>The object under a key, made when it is not there.</summary>
    public static JsonObject Section(this JsonObject source, string key)
    {
        if (source[key] is JsonObject present)
            return present;
        var made = new JsonObject();
        source[key] = made;
        return made;
    }

    public static JsonNode? At(this JsonNode? source, params ReadOnlySpan<string> path)
    {
        foreach (var key in path)
        {
            if (source is not JsonObject map)
                return null;
            source = map[key];
        }
        return source;
    }

    public static string? Text(this JsonNode? source, params ReadOnlySpan<string> path) => source.At(path).AsText();

    public static string? AsText(this JsonNode? node) =>
        node is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    public static long? Number(this JsonNode? source, params ReadOnlySpan<string> path) => source.At(path).AsNumber();

    public static long? AsNumber(this JsonNode? node)
    {
        if (node is not JsonValue value)
            return null;
        if (value.TryGetValue<long>(out var number))
            return number;
        return value.TryGetValue<int>(out var small) ? small : null;
    }

    public static bool? Flag(this JsonNode? source, params ReadOnlySpan<string> path) =>
        source.At(path) is JsonValue value && value.TryGetValue<bool>(out var flag) ? flag : null;

    public static IEnumerable<JsonNode?> List(this JsonNode? source, params ReadOnlySpan<string> path) =>
        source.At(path) is JsonArray list ? list : [];

    /// <summary>A scalar as people write it, for tables and selectors; objects and lists as JSON.</summary>
    public static string Display(this JsonNode? node) => node switch
    {
        null => "",
        JsonValue value when value.TryGetValue<string>(out var text) => text,
        JsonValue value when value.TryGetValue<bool>(out var flag) => flag ? "true" : "false",
        _ => node.ToJsonString(),
    };

    public static byte[] ToUtf8(this JsonNode node)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(buffer, Relaxed))
            node.WriteTo(writer);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Parses what a client sent; a key given twice is an error.</summary>
    public static JsonNode? ParseStrict(ReadOnlySpan<byte> json) => JsonNode.Parse(json, null, Strict);

    /// <summary>Drops null members everywhere, as reading into typed objects would.</summary>
    public static void DropNulls(this JsonNode? node)
    {
        if (node is JsonObject map)
        {
            foreach (var key in map.Where(member => member.Value is null).Select(member => member.Key).ToList())
                map.Remove(key);
            foreach (var member in map)
                member.Value.DropNulls();
        }
        else if (node is JsonArray list)
        {
            foreach (var item in list)
                item.DropNulls();
        }
    }

    /// <summary>Sets a member that has no value yet.</summary>
    public static void Default(this JsonObject target, string key, JsonNode value)
    {
        if (target[key] is null)
            target[key] = value;
    }
}
