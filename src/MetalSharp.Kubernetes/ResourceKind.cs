using System.Text;
using System.Text.Json.Serialization.Metadata;
using MetalSharp.Kubernetes.Models;

namespace MetalSharp.Kubernetes;

/// <summary>Where the API server keeps the objects of a kind. The group is empty for the core group.</summary>
public abstract class ResourceKind(string group, string version, string plural, string kind, bool namespaced)
{
    public string Group { get; } = group;

    public string Version { get; } = version;

    /// <summary>As in the path: <c>services</c>.</summary>
    public string Plural { get; } = plural;

    /// <summary>As in manifests: <c>Service</c>.</summary>
    public string Kind { get; } = kind;

    public bool Namespaced { get; } = namespaced;

    /// <summary>As in manifests: <c>v1</c>, <c>apps/v1</c>.</summary>
    public string ApiVersion { get; } = group.Length == 0 ? version : $"{group}/{version}";

    internal string GroupPath => Group.Length == 0 ? $"/api/{Version}" : $"/apis/{Group}/{Version}";

    /// <summary>The path of one object, or of all objects of a namespace (or of the cluster) when <paramref name="name"/> is null.</summary>
    public string Path(string? @namespace, string? name = null, string? subresource = null)
    {
        if (@namespace is not null && !Namespaced)
            throw new ArgumentException($"{Kind} objects have no namespace", nameof(@namespace));
        if (@namespace is null && Namespaced && name is not null)
            throw new ArgumentException($"a {Kind} is named by its namespace and its name", nameof(@namespace));
        var path = new StringBuilder(GroupPath);
        if (@namespace is not null)
            path.Append("/namespaces/").Append(Uri.EscapeDataString(@namespace));
        path.Append('/').Append(Plural);
        if (name is not null)
            path.Append('/').Append(Uri.EscapeDataString(name));
        if (subresource is not null)
            path.Append('/').Append(subresource);
        return path.ToString();
    }

    /// <summary><c>services</c>, <c>leases.coordination.k8s.io</c>: as in permissions and messages.</summary>
    public override string ToString() => Group.Length == 0 ? Plural : $"{Plural}.{Group}";
}

/// <summary>
/// A kind and how its JSON is read and written. Kinds of one's own take the type information from a source-generated context with
/// <c>PropertyNamingPolicy = CamelCase</c> and <c>DefaultIgnoreCondition = WhenWritingNull</c>.
/// </summary>
public sealed class ResourceKind<T>(
    string group,
    string version,
    string plural,
    string kind,
    bool namespaced,
    JsonTypeInfo<T> objectType,
    JsonTypeInfo<KubernetesList<T>> listType) : ResourceKind(group, version, plural, kind, namespaced)
    where T : class, IKubernetesObject
{
    public JsonTypeInfo<T> ObjectType { get; } = objectType;

    public JsonTypeInfo<KubernetesList<T>> ListType { get; } = listType;
}
