using System.Collections.Immutable;
using System.Text.Json.Nodes;
using MetalSharp.Lab.ApiServer.Storage;

namespace MetalSharp.Lab.ApiServer.Access;

/// <summary>What somebody wants to do. A path instead of a resource for requests that are no resource's.</summary>
internal sealed record AccessRequest(string Verb)
{
    public string Group { get; init; } = "";

    /// <summary>With its subresource: <c>services/status</c>.</summary>
    public string Resource { get; init; } = "";

    public string Name { get; init; } = "";

    public string Namespace { get; init; } = "";

    public string? Path { get; init; }
}

/// <summary>One rule of a (Cluster)Role.</summary>
internal sealed record AccessRule(
    ImmutableArray<string> Verbs, ImmutableArray<string> Groups, ImmutableArray<string> Resources, ImmutableArray<string> Names,
    ImmutableArray<string> Paths)
{
    public static AccessRule Read(JsonNode? rule) => new(
        Texts(rule, "verbs"), Texts(rule, "apiGroups"), Texts(rule, "resources"), Texts(rule, "resourceNames"), Texts(rule, "nonResourceURLs"));

    public bool Allows(AccessRequest request)
    {
        if (!Has(Verbs, request.Verb))
            return false;
        if (request.Path is { } path)
            return Paths.Any(pattern => pattern == "*" || pattern == path || (pattern.EndsWith('*') && path.StartsWith(pattern[..^1], StringComparison.Ordinal)));
        return Has(Groups, request.Group) && AllowsResource(request.Resource) && (Names.IsEmpty || Names.Contains(request.Name));
    }

    private bool AllowsResource(string resource)
    {
        if (Has(Resources, resource))
            return true;
        var slash = resource.IndexOf('/', StringComparison.Ordinal);
        return slash >= 0 && Resources.Contains("*" + resource[slash..]);
    }

    private static bool Has(ImmutableArray<string> list, string value) => list.Contains("*") || list.Contains(value);

    private static ImmutableArray<string> Texts(JsonNode? rule, string member) => [.. rule.List(member).Select(one => one.AsText() ?? "")];
}

/// <summary>
/// All roles and bindings as they stood at one moment, ready to be asked. Rules only ever allow. An aggregated ClusterRole
/// has the rules that are written in it and no others.
/// </summary>
internal sealed class RbacPolicy
{
    private sealed record Binding(ImmutableArray<(string Kind, string Name)> Subjects, ImmutableArray<AccessRule> Rules);

    private readonly List<Binding> _everywhere = [];
    private readonly Dictionary<string, List<Binding>> _inNamespace = [];

    public RbacPolicy(
        IEnumerable<StoredObject> roles, IEnumerable<StoredObject> roleBindings,
        IEnumerable<StoredObject> clusterRoles, IEnumerable<StoredObject> clusterRoleBindings)
    {
        var rulesOf = roles.ToDictionary(role => role.Key, Rules);
        foreach (var role in clusterRoles)
            rulesOf[role.Key] = Rules(role);
        foreach (var stored in clusterRoleBindings)
        {
            var binding = stored.Parse();
            _everywhere.Add(new Binding(Subjects(binding, ""), RulesOf(rulesOf, binding, "")));
        }
        foreach (var stored in roleBindings)
        {
            var binding = stored.Parse();
            var @namespace = stored.Key.Namespace;
            if (!_inNamespace.TryGetValue(@namespace, out var list))
                _inNamespace[@namespace] = list = [];
            list.Add(new Binding(Subjects(binding, @namespace), RulesOf(rulesOf, binding, @namespace)));
        }
    }

    public bool Allows(UserInfo user, AccessRequest request) =>
        user.IsMaster || RulesFor(user, request.Namespace).Any(rule => rule.Allows(request));

    /// <summary>The rules that count for a user in a namespace, or at the cluster scope when it is empty.</summary>
    public IEnumerable<AccessRule> RulesFor(UserInfo user, string @namespace)
    {
        IEnumerable<Binding> bindings = _everywhere;
        if (@namespace.Length > 0 && _inNamespace.TryGetValue(@namespace, out var local))
            bindings = bindings.Concat(local);
        return bindings.Where(binding => binding.Subjects.Any(subject => Is(user, subject))).SelectMany(binding => binding.Rules);
    }

    private static bool Is(UserInfo user, (string Kind, string Name) subject) =>
        subject.Kind == "Group" ? user.Groups.Contains(subject.Name) : user.Name == subject.Name;

    private static ImmutableArray<AccessRule> Rules(StoredObject role) => [.. role.Parse().List("rules").Select(AccessRule.Read)];

    private static ImmutableArray<AccessRule> RulesOf(Dictionary<ObjectKey, ImmutableArray<AccessRule>> rules, JsonObject binding, string @namespace)
    {
        var home = binding.Text("roleRef", "kind") == "Role" ? @namespace : "";
        return rules.GetValueOrDefault(new ObjectKey(home, binding.Text("roleRef", "name") ?? ""), []);
    }

    private static ImmutableArray<(string Kind, string Name)> Subjects(JsonObject binding, string @namespace) =>
    [
        .. binding.List("subjects").Select(subject => subject.Text("kind") == "ServiceAccount"
            ? ("User", UserInfo.ServiceAccount(subject.Text("namespace") ?? @namespace, subject.Text("name") ?? "").Name)
            : (subject.Text("kind") ?? "", subject.Text("name") ?? "")),
    ];
}
