using System.Collections.Immutable;

namespace MetalSharp.Lab.ApiServer.Access;

/// <summary>Who makes a request.</summary>
internal sealed record UserInfo(string Name, ImmutableArray<string> Groups, string Uid = "")
{
    public const string Masters = "system:masters";
    public const string Authenticated = "system:authenticated";
    public const string Unauthenticated = "system:unauthenticated";

    private const string ServiceAccountPrefix = "system:serviceaccount:";

    public static readonly UserInfo Anonymous = new("system:anonymous", [Unauthenticated]);

    public bool IsMaster => Groups.Contains(Masters);

    public static UserInfo ServiceAccount(string @namespace, string name, string uid = "") => new(
        $"{ServiceAccountPrefix}{@namespace}:{name}",
        ["system:serviceaccounts", $"system:serviceaccounts:{@namespace}", Authenticated],
        uid);

    /// <summary>Adds the groups that follow from the name, as impersonation does when it is given none.</summary>
    public static UserInfo Impersonated(string name, ImmutableArray<string> groups)
    {
        if (groups.IsEmpty && name.StartsWith(ServiceAccountPrefix, StringComparison.Ordinal)
            && name[ServiceAccountPrefix.Length..].Split(':') is [var @namespace, var account])
        {
            return ServiceAccount(@namespace, account);
        }
        var isKnown = name == Anonymous.Name || groups.Contains(Authenticated);
        return new UserInfo(name, isKnown ? groups : groups.Add(Authenticated));
    }
}
