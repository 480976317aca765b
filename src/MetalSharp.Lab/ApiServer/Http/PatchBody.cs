using System.Text.Json;
using System.Text.Json.Nodes;
using MetalSharp.Lab.ApiServer.Patching;
using MetalSharp.Lab.ApiServer.Resources;

namespace MetalSharp.Lab.ApiServer.Http;

/// <summary>The body of a PATCH as the change it makes.</summary>
internal static class PatchBody
{
    public const string ApplyMediaType = "application/apply-patch+yaml";

    public static Func<JsonObject, JsonObject> Read(string mediaType, ReadOnlyMemory<byte> body, ServedResource resource)
    {
        switch (mediaType)
        {
            case "application/json-patch+json":
                var steps = Parse(body) as JsonArray ?? throw ApiException.BadRequest("a JSON patch must be a list of operations");
                return live => Guard(() => JsonPatch.Apply(live, steps) as JsonObject
                    ?? throw new PatchException("the result is not an object"));
            case "application/merge-patch+json":
                var merge = ParseObject(body);
                return live =>
                {
                    MergePatch.Apply(live, merge);
                    return live;
                };
            case "application/strategic-merge-patch+json" when !resource.Type.IsCustom:
                var strategic = ParseObject(body);
                return live => Guard(() => StrategicMergePatch.Apply(live, strategic, resource.Schema));
            default:
                throw ApiException.UnsupportedMediaType(
                    "the body of the request was in an unknown format - accepted media types include: application/json-patch+json, "
                    + $"application/merge-patch+json, {ApplyMediaType}");
        }
    }

    public static JsonObject ReadConfiguration(ReadOnlyMemory<byte> body)
    {
        var text = body.Span.TrimStart((byte)' ').TrimStart((byte)'\n');
        if (text is [(byte)'{', ..])
            return ParseObject(body);
        return YamlObject.Parse(System.Text.Encoding.UTF8.GetString(body.Span));
    }

    private static JsonObject ParseObject(ReadOnlyMemory<byte> body) =>
        Parse(body) as JsonObject ?? throw ApiException.BadRequest("the patch must be an object");

    private static JsonNode? Parse(ReadOnlyMemory<byte> body)
    {
        try
        {
            return JsonAccess.ParseStrict(body.Span);
        }
        catch (JsonException wrong)
        {
            throw ApiException.BadRequest($"error decoding patch: {wrong.Message}");
        }
    }

    private static JsonObject Guard(Func<JsonObject> apply)
    {
        try
        {
            return apply();
        }
        catch (PatchException wrong)
        {
            throw ApiException.Unprocessable($"the server rejected our request due to an error in our request: {wrong.Message}");
        }
    }
}
