using MetalSharp.Lab.ApiServer.Http;
using MetalSharp.Lab.ApiServer.Resources;
using MetalSharp.Lab.ApiServer.Storage;

namespace MetalSharp.Lab.ApiServer.Access;

/// <summary>Decides by the RBAC objects in the store, as they are at the moment of the request.</summary>
internal sealed class Authorizer(ClusterStore store, BuiltInResources builtIns)
{
    private sealed record Compiled(LogEntry Roles, LogEntry RoleBindings, LogEntry ClusterRoles, LogEntry ClusterRoleBindings, RbacPolicy Policy);

    private Compiled? _compiled;

    /// <summary>The policy of now; compiled again only when a role or binding has changed.</summary>
    public RbacPolicy Policy()
    {
        var roles = store.Log(builtIns.Roles.Bucket).Newest;
        var roleBindings = store.Log(builtIns.RoleBindings.Bucket).Newest;
        var clusterRoles = store.Log(builtIns.ClusterRoles.Bucket).Newest;
        var clusterRoleBindings = store.Log(builtIns.ClusterRoleBindings.Bucket).Newest;
        var compiled = Volatile.Read(ref _compiled);
        if (compiled is null || compiled.Roles != roles || compiled.RoleBindings != roleBindings
            || compiled.ClusterRoles != clusterRoles || compiled.ClusterRoleBindings != clusterRoleBindings)
        {
            compiled = new Compiled(roles, roleBindings, clusterRoles, clusterRoleBindings,
                new RbacPolicy(roles.After, roleBindings.After, clusterRoles.After, clusterRoleBindings.After));
            Volatile.Write(ref _compiled, compiled);
        }
        return compiled.Policy;
    }

    public void Demand(UserInfo user, RequestInfo request)
    {
        if (user.IsMaster || Policy().Allows(user, ToAccess(request)))
            return;
        if (!request.IsResource)
            throw new ApiException(403, "Forbidden", $"forbidden: User \"{user.Name}\" cannot {request.Verb} path \"{request.Path}\"", []);
        throw ApiException.Forbidden(request.ResourceName, request.Name, Refusal(user, request));
    }

    public static AccessRequest ToAccess(RequestInfo request) => request.IsResource
        ? new AccessRequest(request.Verb)
        {
            Group = request.Group,
            Resource = request.QualifiedResource,
            Name = request.Name,
            Namespace = request.Namespace,
        }
        : new AccessRequest(request.Verb) { Path = request.Path };

    private static string Refusal(UserInfo user, RequestInfo request)
    {
        var where = request.Namespace.Length == 0 ? "at the cluster scope" : $"in the namespace \"{request.Namespace}\"";
        return $"User \"{user.Name}\" cannot {request.Verb} resource \"{request.QualifiedResource}\" in API group \"{request.Group}\" {where}";
    }
}
