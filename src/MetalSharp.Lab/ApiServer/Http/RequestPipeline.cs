using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using MetalSharp.Lab.ApiServer.Access;
using MetalSharp.Lab.ApiServer.Resources;
using MetalSharp.Lab.ApiServer.Storage;
using Microsoft.AspNetCore.Http;

namespace MetalSharp.Lab.ApiServer.Http;

/// <summary>The way of every request: who, may they, what, answer, count.</summary>
internal sealed class RequestPipeline(
    Authenticator authenticator, Authorizer authorizer, ResourceRegistry registry, ResourceRequests requests, AccessReviews reviews,
    ServiceAccountTokens tokens, ClusterStore store, RequestStatistics statistics)
{
    private readonly Discovery _discovery = new(registry);
    private readonly OpenApi _openApi = new(registry);

    public async Task HandleAsync(HttpContext context, CancellationToken stop)
    {
        var user = UserInfo.Anonymous;
        var info = RequestInfo.Parse(context.Request.Method, context.Request.Path.Value ?? "/", context.Request.Query);
        var code = 499;
        try
        {
            user = authenticator.Authenticate(context);
            authorizer.Demand(user, info);
            code = await AnswerAsync(context, info, user, stop);
        }
        catch (ApiException refusal)
        {
            code = await SendRefusalAsync(context, refusal);
        }
        catch (Exception failure) when (failure is not OperationCanceledException and not IOException)
        {
            // The last resort of one request: a fault here must show in the client, not end the lab.
            code = await SendRefusalAsync(context, new ApiException(500, "InternalError", $"Internal error occurred: {failure}"));
        }
        finally
        {
            statistics.Count(new RequestKind(user.Name, info.Verb, info.Group, info.IsResource ? info.QualifiedResource : "", code));
        }
    }

    private static async Task<int> SendRefusalAsync(HttpContext context, ApiException refusal)
    {
        if (context.Response.HasStarted)
        {
            context.Abort();
            return refusal.Code;
        }
        return await context.SendAsync(refusal.Code, refusal.ToStatus());
    }

    private async Task<int> AnswerAsync(HttpContext context, RequestInfo info, UserInfo user, CancellationToken stop)
    {
        if (!info.IsResource)
            return await AnswerPathAsync(context, info.Path);
        if (registry.Find(info.Group, info.Version, info.Resource) is { } resource)
        {
            if (info is { Verb: "create", Subresource: "token" } && resource.Type is { Group: "", Plural: "serviceaccounts" })
            {
                var account = store.Log(resource.Type.Bucket).Find(new ObjectKey(info.Namespace, info.Name))
                    ?? throw ApiException.NotFound(resource.Name, info.Name);
                return await context.SendAsync(201, TokenRequests.Answer(await context.ReadObjectAsync(), account, tokens));
            }
            return await requests.HandleAsync(context, info, resource, stop);
        }
        if (info is { Verb: "create", Version: "v1", Name: "" }
            && Discovery.Reviews.Any(review => review.Group == info.Group && review.Plural == info.Resource))
        {
            return await context.SendAsync(201, reviews.Answer(info.Resource, await context.ReadObjectAsync(), user));
        }
        throw ApiException.NoSuchPath();
    }

    private async Task<int> AnswerPathAsync(HttpContext context, string path)
    {
        var accept = context.Request.Headers.Accept.ToString();
        switch (path.Trim('/').Split('/'))
        {
            case ["healthz" or "livez" or "readyz", ..]:
                return await context.SendBytesAsync(200, "ok"u8.ToArray(), "text/plain; charset=utf-8");
            case ["version"]:
                return await context.SendAsync(200, Version());
            case ["api"] when AggregatedVersion(accept) is { } version:
                return await context.SendAsync(200, _discovery.Aggregated(isCore: true, version), AggregatedContentType(version));
            case ["apis"] when AggregatedVersion(accept) is { } version:
                return await context.SendAsync(200, _discovery.Aggregated(isCore: false, version), AggregatedContentType(version));
            case ["api"]:
                return await context.SendAsync(200, Discovery.LegacyVersions(context.Request.Host.Value ?? ""));
            case ["apis"]:
                return await context.SendAsync(200, _discovery.Groups());
            case ["api", var version]:
                return await context.SendAsync(200, _discovery.Resources("", version) ?? throw ApiException.NoSuchPath());
            case ["apis", var group]:
                return await context.SendAsync(200, _discovery.Group(group) ?? throw ApiException.NoSuchPath());
            case ["apis", var group, var version]:
                return await context.SendAsync(200, _discovery.Resources(group, version) ?? throw ApiException.NoSuchPath());
            case ["openapi", "v2"]:
                return await context.SendBytesAsync(200, OpenApi.EmptyV2Protobuf(), "application/com.github.proto-openapi.spec.v2.v1.0+protobuf");
            case ["openapi", "v3"]:
                return await context.SendAsync(200, _openApi.Root());
            case ["openapi", "v3", .. var rest]:
                return await context.SendAsync(200, _openApi.Find(string.Join('/', rest)) ?? throw ApiException.NoSuchPath());
            default:
                throw ApiException.NoSuchPath();
        }
    }

    private static string? AggregatedVersion(string accept)
    {
        foreach (var range in accept.Split(','))
        {
            if (!range.Contains("as=APIGroupDiscoveryList", StringComparison.Ordinal))
                continue;
            return range.Contains("v=v2beta1", StringComparison.Ordinal) ? "v2beta1" : "v2";
        }
        return null;
    }

    private static string AggregatedContentType(string version) =>
        $"application/json;g=apidiscovery.k8s.io;v={version};as=APIGroupDiscoveryList";

    private static JsonObject Version() => new()
    {
        ["major"] = "1",
        ["minor"] = "32",
        ["gitVersion"] = "v1.32.0",
        ["gitCommit"] = "",
        ["gitTreeState"] = "clean",
        ["buildDate"] = "2026-01-01T00:00:00Z",
        ["goVersion"] = "",
        ["compiler"] = "metalsharp-lab",
        ["platform"] = $"linux/{(RuntimeInformation.OSArchitecture == Architecture.Arm64 ? "arm64" : "amd64")}",
    };
}
