using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Security.Cryptography.X509Certificates;
using MetalSharp.Lab.ApiServer.Http;
using Microsoft.AspNetCore.Http;

namespace MetalSharp.Lab.ApiServer.Access;

/// <summary>Finds out who makes a request: by token, else by client certificate, else nobody; and whom they act for.</summary>
internal sealed class Authenticator(CertificateAuthority authority, ServiceAccountTokens tokens, Authorizer authorizer)
{
    // A certificate is checked once for its connection, not for each request. Requests of one connection come at the same time.
    private readonly ConditionalWeakTable<X509Certificate2, UserInfo> _users = [];

    public UserInfo Authenticate(HttpContext context)
    {
        var user = ByToken(context.Request.Headers.Authorization.ToString()) ?? ByCertificate(context) ?? UserInfo.Anonymous;
        return Impersonate(context, user);
    }

    private UserInfo? ByToken(string authorization)
    {
        const string Scheme = "Bearer ";
        if (!authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
            return null;
        return tokens.Recognize(authorization[Scheme.Length..].Trim()) ?? throw ApiException.Unauthorized();
    }

    private UserInfo? ByCertificate(HttpContext context) => context.Connection.ClientCertificate is { } certificate
        ? _users.GetValue(certificate, presented => authority.Recognize(presented) ?? throw ApiException.Unauthorized())
        : null;

    private UserInfo Impersonate(HttpContext context, UserInfo user)
    {
        var headers = context.Request.Headers;
        var name = headers["Impersonate-User"].ToString();
        var groups = headers["Impersonate-Group"].OfType<string>().ToImmutableArray();
        if (name.Length == 0)
        {
            return groups.IsEmpty ? user : throw new ApiException(500, "InternalError",
                $"Internal error occurred: requested [{{Group    {groups[0]}  authentication.k8s.io/v1  }}] without impersonating a user");
        }
        var wanted = UserInfo.Impersonated(name, groups);
        var parts = name.Split(':');
        var what = parts is ["system", "serviceaccount", var @namespace, var account]
            ? new RequestInfo { Verb = "impersonate", IsResource = true, Resource = "serviceaccounts", Namespace = @namespace, Name = account }
            : new RequestInfo { Verb = "impersonate", IsResource = true, Resource = "users", Name = name };
        authorizer.Demand(user, what);
        foreach (var group in groups)
            authorizer.Demand(user, new RequestInfo { Verb = "impersonate", IsResource = true, Resource = "groups", Name = group });
        return wanted;
    }
}
