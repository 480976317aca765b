using MetalSharp.Lab.ApiServer.Resources;
using Microsoft.AspNetCore.Http;

namespace MetalSharp.Lab.ApiServer.Http;

/// <summary>What a request asks for, in the terms authorization and statistics use. Path is set for requests that are no resource's.</summary>
internal sealed record RequestInfo
{
    public required string Verb { get; init; }

    public string Path { get; init; } = "";

    public bool IsResource { get; init; }

    public string Group { get; init; } = "";

    public string Version { get; init; } = "";

    public string Namespace { get; init; } = "";

    public string Resource { get; init; } = "";

    public string Subresource { get; init; } = "";

    public string Name { get; init; } = "";

    public ResourceName ResourceName => new(Group, Resource);

    public string QualifiedResource => Subresource.Length == 0 ? Resource : $"{Resource}/{Subresource}";

    public static RequestInfo Parse(string method, string path, IQueryCollection query)
    {
        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        var plain = new RequestInfo { Verb = method.ToLowerInvariant(), Path = path };
        string group;
        switch (parts)
        {
            case ["api", _, _, ..]:
                group = "";
                parts = parts[1..];
                break;
            case ["apis", var named, _, _, ..]:
                group = named;
                parts = parts[2..];
                break;
            default:
                return plain;
        }

        var version = parts[0];
        var rest = parts.AsSpan(1);
        var @namespace = "";
        if (rest is ["namespaces", var inNamespace, var third, ..] && third is not ("status" or "finalize"))
        {
            @namespace = inNamespace;
            rest = rest[2..];
        }
        else if (rest is ["namespaces", var itself, ..] && group.Length == 0)
        {
            // As in a real server, a namespace is in itself: a Role inside it may grant access to it.
            @namespace = itself;
        }

        var name = rest.Length > 1 ? rest[1] : "";
        var isWatch = query["watch"].ToString() is "true" or "1";
        var verb = (method, name) switch
        {
            ("GET" or "HEAD", "") => isWatch ? "watch" : "list",
            ("GET" or "HEAD", _) => isWatch ? "watch" : "get",
            ("POST", _) => "create",
            ("PUT", _) => "update",
            ("PATCH", _) => "patch",
            ("DELETE", "") => "deletecollection",
            ("DELETE", _) => "delete",
            _ => method.ToLowerInvariant(),
        };
        if (verb is "list" or "watch" && name.Length == 0 && Selectors.FieldSelector.NameIn(query["fieldSelector"].ToString()) is { } only)
            name = only;
        return plain with
        {
            Verb = verb,
            IsResource = true,
            Group = group,
            Version = version,
            Namespace = @namespace,
            Resource = rest[0],
            Name = name,
            Subresource = rest.Length > 2 ? string.Join('/', rest[2..].ToArray()) : "",
        };
    }
}
