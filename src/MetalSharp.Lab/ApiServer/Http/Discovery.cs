using System.Text.Json.Nodes;
using MetalSharp.Lab.ApiServer.Resources;

namespace MetalSharp.Lab.ApiServer.Http;

/// <summary>What the server tells clients about the resources it has, in the classic and in the aggregated form.</summary>
internal sealed class Discovery(ResourceRegistry registry)
{
    private static readonly string[] Verbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
    private static readonly string[] StatusVerbs = ["get", "patch", "update"];

    /// <summary>Resources that are asked but not stored.</summary>
    public static readonly (string Group, string Plural, string Kind, bool IsNamespaced)[] Reviews =
    [
        ("authentication.k8s.io", "selfsubjectreviews", "SelfSubjectReview", false),
        ("authentication.k8s.io", "tokenreviews", "TokenReview", false),
        ("authorization.k8s.io", "localsubjectaccessreviews", "LocalSubjectAccessReview", true),
        ("authorization.k8s.io", "selfsubjectaccessreviews", "SelfSubjectAccessReview", false),
        ("authorization.k8s.io", "selfsubjectrulesreviews", "SelfSubjectRulesReview", false),
        ("authorization.k8s.io", "subjectaccessreviews", "SubjectAccessReview", false),
    ];

    private sealed record Subresource(string Name, string Group, string Version, string Kind, string[] Verbs);

    private sealed record Entry(
        string Plural, string Singular, string Kind, bool IsNamespaced, string[] Verbs, IReadOnlyList<string> ShortNames,
        IReadOnlyList<string> Categories, IReadOnlyList<Subresource> Subresources);

    public static JsonObject LegacyVersions(string serverAddress) => new()
    {
        ["kind"] = "APIVersions",
        ["versions"] = new JsonArray("v1"),
        ["serverAddressByClientCIDRs"] = new JsonArray(new JsonObject { ["clientCIDR"] = "0.0.0.0/0", ["serverAddress"] = serverAddress }),
    };

    public JsonObject Groups() => new()
    {
        ["kind"] = "APIGroupList",
        ["apiVersion"] = "v1",
        ["groups"] = new JsonArray([.. Versions().Where(one => one.Group.Length > 0).GroupBy(one => one.Group)
            .Select(group => Group(group.Key, group.Select(one => one.Version)))]),
    };

    public JsonObject? Group(string name)
    {
        var versions = Versions().Where(one => one.Group == name).Select(one => one.Version).ToList();
        if (versions.Count == 0)
            return null;
        var group = Group(name, versions);
        group["kind"] = "APIGroup";
        group["apiVersion"] = "v1";
        return group;
    }

    public JsonObject? Resources(string group, string version)
    {
        if (!Versions().Contains((group, version)))
            return null;
        var list = new JsonArray();
        foreach (var entry in Entries(group, version))
        {
            var item = new JsonObject
            {
                ["name"] = entry.Plural,
                ["singularName"] = entry.Singular,
                ["namespaced"] = entry.IsNamespaced,
                ["kind"] = entry.Kind,
                ["verbs"] = Texts(entry.Verbs),
            };
            if (entry.ShortNames.Count > 0)
                item["shortNames"] = Texts(entry.ShortNames);
            if (entry.Categories.Count > 0)
                item["categories"] = Texts(entry.Categories);
            list.Add(item);
            foreach (var sub in entry.Subresources)
            {
                var part = new JsonObject
                {
                    ["name"] = $"{entry.Plural}/{sub.Name}",
                    ["singularName"] = "",
                    ["namespaced"] = entry.IsNamespaced,
                };
                if (sub.Group != group || sub.Version != version)
                {
                    part["group"] = sub.Group;
                    part["version"] = sub.Version;
                }
                part["kind"] = sub.Kind;
                part["verbs"] = Texts(sub.Verbs);
                list.Add(part);
            }
        }
        return new JsonObject
        {
            ["kind"] = "APIResourceList",
            ["apiVersion"] = "v1",
            ["groupVersion"] = group.Length == 0 ? version : $"{group}/{version}",
            ["resources"] = list,
        };
    }

    /// <summary>Everything about the core group, or about all the others, in one document.</summary>
    public JsonObject Aggregated(bool isCore, string version)
    {
        var groups = Versions().Where(one => one.Group.Length == 0 == isCore).GroupBy(one => one.Group);
        return new JsonObject
        {
            ["kind"] = "APIGroupDiscoveryList",
            ["apiVersion"] = $"apidiscovery.k8s.io/{version}",
            ["metadata"] = new JsonObject(),
            ["items"] = new JsonArray([.. groups.Select(group => new JsonObject
            {
                ["metadata"] = group.Key.Length == 0 ? [] : new JsonObject { ["name"] = group.Key },
                ["versions"] = new JsonArray([.. group.Select(one => new JsonObject
                {
                    ["version"] = one.Version,
                    ["resources"] = new JsonArray([.. Entries(one.Group, one.Version).Select(entry => Aggregated(one.Group, one.Version, entry))]),
                    ["freshness"] = "Current",
                })]),
            })]),
        };
    }

    private static JsonObject Aggregated(string group, string version, Entry entry)
    {
        var item = new JsonObject
        {
            ["resource"] = entry.Plural,
            ["responseKind"] = Kind(group, version, entry.Kind),
            ["scope"] = entry.IsNamespaced ? "Namespaced" : "Cluster",
            ["singularResource"] = entry.Singular,
            ["verbs"] = Texts(entry.Verbs),
        };
        if (entry.ShortNames.Count > 0)
            item["shortNames"] = Texts(entry.ShortNames);
        if (entry.Categories.Count > 0)
            item["categories"] = Texts(entry.Categories);
        if (entry.Subresources.Count > 0)
        {
            item["subresources"] = new JsonArray([.. entry.Subresources.Select(sub => new JsonObject
            {
                ["subresource"] = sub.Name,
                ["responseKind"] = Kind(sub.Group, sub.Version, sub.Kind),
                ["verbs"] = Texts(sub.Verbs),
            })]);
        }
        return item;
    }

    private static JsonObject Kind(string group, string version, string kind) => new() { ["group"] = group, ["version"] = version, ["kind"] = kind };

    private static JsonObject Group(string name, IEnumerable<string> versions)
    {
        var list = versions.Select(version => new JsonObject { ["groupVersion"] = $"{name}/{version}", ["version"] = version }).ToList();
        return new JsonObject
        {
            ["name"] = name,
            ["versions"] = new JsonArray([.. list]),
            ["preferredVersion"] = list[0].DeepClone(),
        };
    }

    private static JsonArray Texts(IEnumerable<string> texts) => new([.. texts.Select(text => JsonValue.Create(text))]);

    private IEnumerable<(string Group, string Version)> Versions() => registry.All.Select(served => (served.Group, served.Version))
        .Concat(Reviews.Select(review => (review.Group, "v1"))).Distinct();

    private IEnumerable<Entry> Entries(string group, string version)
    {
        foreach (var served in registry.All.Where(served => served.Group == group && served.Version == version))
        {
            var type = served.Type;
            var subresources = new List<Subresource>();
            if (served.HasStatus)
                subresources.Add(new Subresource("status", group, version, type.Kind, StatusVerbs));
            if (served.HasScale)
                subresources.Add(new Subresource("scale", "autoscaling", "v1", "Scale", StatusVerbs));
            if (type is { Plural: "serviceaccounts", Group: "" })
                subresources.Add(new Subresource("token", "authentication.k8s.io", "v1", "TokenRequest", ["create"]));
            if (type is { Plural: "namespaces", Group: "" })
                subresources.Add(new Subresource("finalize", "", "v1", "Namespace", ["update"]));
            yield return new Entry(
                type.Plural, type.Singular, type.Kind, type.Namespaced, Verbs, type.ShortNames, type.Categories, subresources);
        }
        if (version != "v1")
            yield break;
        foreach (var review in Reviews.Where(review => review.Group == group))
            yield return new Entry(review.Plural, review.Kind.ToLowerInvariant(), review.Kind, review.IsNamespaced, ["create"], [], [], []);
    }
}
