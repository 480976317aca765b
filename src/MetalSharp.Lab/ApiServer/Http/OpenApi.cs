using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using MetalSharp.Lab.ApiServer.Resources;

namespace MetalSharp.Lab.ApiServer.Http;

/// <summary>
/// As much OpenAPI as <c>kubectl apply</c> and <c>--dry-run=server</c> read: which paths can be patched, for which kind and
/// with which parameters. Schemas are left out; kubectl knows those of the built-in kinds.
/// </summary>
internal sealed class OpenApi(ResourceRegistry registry)
{
    private static readonly string[] PatchParameters = ["dryRun", "fieldManager", "fieldValidation", "force"];

    /// <summary>An OpenAPI v2 document in protobuf with nothing in it but "swagger" and "info": kubectl asks in that form only.</summary>
    public static byte[] EmptyV2Protobuf()
    {
        static byte[] Field(int number, ReadOnlySpan<byte> content) => [(byte)((number << 3) | 2), (byte)content.Length, .. content];
        return [.. Field(1, "2.0"u8), .. Field(2, [.. Field(1, "metalsharp-lab"u8), .. Field(2, "v1"u8)]), .. Field(8, [])];
    }

    public JsonObject Root()
    {
        var paths = new JsonObject();
        foreach (var (group, version) in registry.All.Select(served => (served.Group, served.Version)).Distinct())
        {
            var root = PathRoot(group, version);
            var hash = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(Document(group, version).ToJsonString())));
            paths[root] = new JsonObject { ["serverRelativeURL"] = $"/openapi/v3/{root}?hash={hash}" };
        }
        return new JsonObject { ["paths"] = paths };
    }

    public JsonObject? Find(string root)
    {
        foreach (var (group, version) in registry.All.Select(served => (served.Group, served.Version)).Distinct())
        {
            if (PathRoot(group, version) == root)
                return Document(group, version);
        }
        return null;
    }

    private static string PathRoot(string group, string version) => group.Length == 0 ? $"api/{version}" : $"apis/{group}/{version}";

    private JsonObject Document(string group, string version)
    {
        var paths = new JsonObject();
        foreach (var served in registry.All.Where(served => served.Group == group && served.Version == version))
        {
            var scope = served.Type.Namespaced ? "namespaces/{namespace}/" : "";
            paths[$"/{PathRoot(group, version)}/{scope}{served.Type.Plural}/{{name}}"] = new JsonObject
            {
                ["patch"] = new JsonObject
                {
                    ["x-kubernetes-action"] = "patch",
                    ["x-kubernetes-group-version-kind"] = new JsonObject
                    {
                        ["group"] = group,
                        ["version"] = version,
                        ["kind"] = served.Type.Kind,
                    },
                    ["parameters"] = new JsonArray([.. PatchParameters.Select(Parameter)]),
                    ["responses"] = new JsonObject { ["200"] = new JsonObject { ["description"] = "OK" } },
                },
            };
        }
        return new JsonObject
        {
            ["openapi"] = "3.0.0",
            ["info"] = new JsonObject { ["title"] = "metalsharp-lab", ["version"] = "v1" },
            ["paths"] = paths,
            ["components"] = new JsonObject { ["schemas"] = new JsonObject() },
        };
    }

    private static JsonNode Parameter(string name) => new JsonObject
    {
        ["name"] = name,
        ["in"] = "query",
        ["schema"] = new JsonObject { ["type"] = "string", ["uniqueItems"] = true },
    };
}
