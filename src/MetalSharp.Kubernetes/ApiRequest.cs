using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace MetalSharp.Kubernetes;

/// <summary>One request, in a form that can be sent again.</summary>
internal sealed record ApiRequest(HttpMethod Method, string Path, string Query = "", ReadOnlyMemory<byte>? Body = null, string? ContentType = null)
{
    public static ApiRequest Json(HttpMethod method, string path, JsonObject body) =>
        new(method, path, "", Encoding.UTF8.GetBytes(body.ToJsonString()), "application/json");
}

/// <summary>The part of an address behind the question mark.</summary>
internal sealed class Query
{
    private readonly StringBuilder _text = new();

    public Query Add(string name, string? value)
    {
        if (!string.IsNullOrEmpty(value))
            _text.Append(_text.Length == 0 ? '?' : '&').Append(name).Append('=').Append(Uri.EscapeDataString(value));
        return this;
    }

    public Query Add(string name, int? value) => Add(name, value?.ToString(CultureInfo.InvariantCulture));

    public override string ToString() => _text.ToString();
}
