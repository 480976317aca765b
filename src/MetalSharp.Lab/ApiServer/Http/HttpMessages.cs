using System.Text.Json;
using System.Text.Json.Nodes;
using MetalSharp.Lab.ApiServer.Protobuf;
using Microsoft.AspNetCore.Http;

namespace MetalSharp.Lab.ApiServer.Http;

/// <summary>Bodies in and out.</summary>
internal static class HttpMessages
{
    private const int MaxBody = 3 * 1024 * 1024;

    public static async Task<ReadOnlyMemory<byte>> ReadBodyAsync(this HttpContext context)
    {
        using var body = new MemoryStream((int)Math.Clamp(context.Request.ContentLength ?? 0, 0, MaxBody));
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        if (body.Length > MaxBody)
            throw new ApiException(413, "RequestEntityTooLarge", $"Request entity too large: limit is {MaxBody}");
        return body.GetBuffer().AsMemory(0, (int)body.Length);
    }

    public static async Task<JsonObject> ReadObjectAsync(this HttpContext context) => context.ParseObject(await context.ReadBodyAsync());

    /// <summary>The body as the object it is, by the content type of the request.</summary>
    public static JsonObject ParseObject(this HttpContext context, ReadOnlyMemory<byte> body)
    {
        var mediaType = context.Request.ContentType?.Split(';')[0].Trim();
        if (mediaType is "application/yaml")
            return YamlObject.Parse(System.Text.Encoding.UTF8.GetString(body.Span));
        if (mediaType is ProtobufObject.MediaType)
            return ProtobufObject.Parse(body.Span);
        if (mediaType is not (null or "" or "application/json"))
        {
            throw ApiException.UnsupportedMediaType(
                $"the body of the request was in an unknown format ({mediaType}) - accepted media types include: application/json, application/yaml");
        }
        try
        {
            return JsonAccess.ParseStrict(body.Span) as JsonObject ?? throw ApiException.BadRequest("the body must be an object");
        }
        catch (JsonException wrong)
        {
            throw ApiException.BadRequest($"the object provided is unrecognized: {wrong.Message}");
        }
    }

    public static Task<int> SendAsync(this HttpContext context, int code, JsonNode content, string contentType = "application/json") =>
        context.SendBytesAsync(code, content.ToUtf8(), contentType);

    public static async Task<int> SendBytesAsync(this HttpContext context, int code, ReadOnlyMemory<byte> content, string contentType)
    {
        context.Response.StatusCode = code;
        context.Response.ContentType = contentType;
        context.Response.ContentLength = content.Length;
        await context.Response.Body.WriteAsync(content, context.RequestAborted);
        return code;
    }
}
