using MetalSharp.Lab.ApiServer.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace MetalSharp.Tests.Lab.ApiServer;

public sealed class RequestInfoTests
{
    [Theory]
    [InlineData("GET", "/api/v1/services", "list|services|||")]
    [InlineData("GET", "/api/v1/services?watch=true", "watch|services|||")]
    [InlineData("GET", "/api/v1/services?watch=1", "watch|services|||")]
    [InlineData("GET", "/api/v1/namespaces/ns/services", "list|services||ns|")]
    [InlineData("GET", "/api/v1/namespaces/ns/services/web", "get|services||ns|web")]
    [InlineData("PATCH", "/api/v1/namespaces/ns/services/web/status", "patch|services/status||ns|web")]
    [InlineData("PUT", "/apis/apps/v1/namespaces/ns/deployments/d/scale", "update|deployments/scale|apps|ns|d")]
    [InlineData("POST", "/apis/coordination.k8s.io/v1/namespaces/ns/leases", "create|leases|coordination.k8s.io|ns|")]
    [InlineData("DELETE", "/api/v1/nodes/n1", "delete|nodes|||n1")]
    [InlineData("DELETE", "/api/v1/namespaces/ns/pods", "deletecollection|pods||ns|")]
    [InlineData("GET", "/api/v1/namespaces", "list|namespaces|||")]
    [InlineData("GET", "/api/v1/namespaces/ns", "get|namespaces||ns|ns")]
    [InlineData("PUT", "/api/v1/namespaces/ns/finalize", "update|namespaces/finalize||ns|ns")]
    [InlineData("PATCH", "/api/v1/namespaces/ns/status", "patch|namespaces/status||ns|ns")]
    [InlineData("POST", "/api/v1/namespaces/ns/serviceaccounts/sa/token", "create|serviceaccounts/token||ns|sa")]
    // A list of one name counts as that name, so that a role that names it is enough.
    [InlineData("GET", "/api/v1/namespaces/ns/configmaps?fieldSelector=metadata.name%3Dconfig", "list|configmaps||ns|config")]
    public void A_path_says_what_is_asked(string method, string url, string expected)
    {
        var info = Parse(method, url);
        Assert.True(info.IsResource);
        Assert.Equal(expected, $"{info.Verb}|{info.QualifiedResource}|{info.Group}|{info.Namespace}|{info.Name}");
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/healthz")]
    [InlineData("/api")]
    [InlineData("/api/v1")]
    [InlineData("/apis/apps")]
    [InlineData("/apis/apps/v1")]
    [InlineData("/openapi/v3/apis/apps/v1")]
    public void Other_paths_are_nobodys_resource(string path)
    {
        var info = Parse("GET", path);
        Assert.False(info.IsResource);
        Assert.Equal(("get", path), (info.Verb, info.Path));
    }

    private static RequestInfo Parse(string method, string url)
    {
        var parts = url.Split('?', 2);
        var query = new Microsoft.AspNetCore.Http.QueryCollection(QueryHelpers.ParseQuery(parts.Length > 1 ? parts[1] : ""));
        return RequestInfo.Parse(method, parts[0], query);
    }
}
