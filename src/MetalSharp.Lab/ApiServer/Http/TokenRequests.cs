using System.Globalization;
using System.Text.Json.Nodes;
using MetalSharp.Lab.ApiServer.Access;
using MetalSharp.Lab.ApiServer.Storage;

namespace MetalSharp.Lab.ApiServer.Http;

/// <summary>The token subresource of ServiceAccounts.</summary>
internal static class TokenRequests
{
    private const long StandardSeconds = 3600;
    private const long MinSeconds = 600;
    private const long MaxSeconds = 1L << 32;

    public static JsonObject Answer(JsonObject request, StoredObject account, ServiceAccountTokens tokens)
    {
        var seconds = request.Number("spec", "expirationSeconds") ?? StandardSeconds;
        if (seconds is < MinSeconds or > MaxSeconds)
        {
            throw ApiException.Invalid("TokenRequest", "authentication.k8s.io", account.Key.Name,
            [
                FieldError.Invalid("spec.expirationSeconds", $"{seconds}",
                    seconds < MinSeconds ? "may not specify a duration less than 10 minutes" : "may not specify a duration larger than 2^32 seconds"),
            ]);
        }
        var audiences = request.List("spec", "audiences").Select(audience => audience.AsText() ?? "").ToList();
        var (token, expires) = tokens.Issue(account, TimeSpan.FromSeconds(seconds), audiences);
        request["kind"] = "TokenRequest";
        request["apiVersion"] = "authentication.k8s.io/v1";
        request.Section("spec")["expirationSeconds"] = seconds;
        request["status"] = new JsonObject
        {
            ["token"] = token,
            ["expirationTimestamp"] = expires.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture),
        };
        return request;
    }
}
