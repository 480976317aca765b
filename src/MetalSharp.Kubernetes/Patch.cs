using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using MetalSharp.Kubernetes.Models;

namespace MetalSharp.Kubernetes;

/// <summary>A change to an object that leaves alone what it does not name.</summary>
public sealed class Patch
{
    private Patch(string contentType, string body)
    {
        ContentType = contentType;
        Body = Encoding.UTF8.GetBytes(body);
    }

    /// <summary>The media type that tells the server which kind of patch it is.</summary>
    public string ContentType { get; }

    public ReadOnlyMemory<byte> Body { get; }

    internal string? FieldManager { get; private init; }

    internal bool Force { get; private init; }

    /// <summary>
    /// A merge patch (RFC 7386): objects are merged, everything else is replaced, null removes. With <c>metadata.resourceVersion</c> in it
    /// the server refuses the patch when the object has changed since.
    /// </summary>
    public static Patch Merge(JsonObject document) => new("application/merge-patch+json", document.ToJsonString());

    /// <summary>A list of operations (RFC 6902), all or none of which are done.</summary>
    public static Patch Json(JsonArray operations) => new("application/json-patch+json", operations.ToJsonString());

    /// <summary>
    /// Server-side apply: the fields in the document, and only those, belong to the manager afterwards. Creates the object when it is absent.
    /// With <paramref name="force"/> fields are taken over from other managers; without it that is a conflict.
    /// </summary>
    public static Patch Apply(JsonObject document, string fieldManager, bool force = false) =>
        new("application/apply-patch+yaml", document.ToJsonString()) { FieldManager = fieldManager, Force = force };

    /// <inheritdoc cref="Apply(JsonObject, string, bool)"/>
    public static Patch Apply<T>(ResourceKind<T> kind, T document, string fieldManager, bool force = false)
        where T : class, IKubernetesObject => Apply(ToJson(kind, document), fieldManager, force);

    /// <summary>The object as it is sent: with its version and kind in front, which objects from a list do not carry.</summary>
    internal static JsonObject ToJson<T>(ResourceKind<T> kind, T value) where T : class, IKubernetesObject
    {
        var json = JsonSerializer.SerializeToNode(value, kind.ObjectType)!.AsObject();
        json.Remove("apiVersion");
        json.Remove("kind");
        json.Insert(0, "apiVersion", kind.ApiVersion);
        json.Insert(1, "kind", kind.Kind);
        return json;
    }
}
