using System.Text.Json.Nodes;
using MetalSharp.Lab.ApiServer.Storage;

namespace MetalSharp.Lab.ApiServer.Resources;

/// <summary>What a new cluster already has: its namespaces, the Service of the API, and the roles everybody relies on.</summary>
internal static class Bootstrap
{
    private static readonly string[] Namespaces = ["default", "kube-system", "kube-public", "kube-node-lease"];

    private const string Roles = """
        [
          {"name": "cluster-admin", "groups": ["system:masters"], "rules": [
            {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}, {"verbs": ["*"], "nonResourceURLs": ["*"]}]},
          {"name": "system:discovery", "groups": ["system:authenticated"], "rules": [
            {"verbs": ["get"], "nonResourceURLs": ["/api", "/api/*", "/apis", "/apis/*", "/healthz", "/livez", "/openapi", "/openapi/*", "/readyz", "/version", "/version/"]}]},
          {"name": "system:basic-user", "groups": ["system:authenticated"], "rules": [
            {"verbs": ["create"], "apiGroups": ["authorization.k8s.io"], "resources": ["selfsubjectaccessreviews", "selfsubjectrulesreviews"]},
            {"verbs": ["create"], "apiGroups": ["authentication.k8s.io"], "resources": ["selfsubjectreviews"]}]},
          {"name": "system:public-info-viewer", "groups": ["system:authenticated", "system:unauthenticated"], "rules": [
            {"verbs": ["get"], "nonResourceURLs": ["/healthz", "/livez", "/readyz", "/version", "/version/"]}]}
        ]
        """;

    public static Task RunAsync(ClusterStore store, BuiltInResources builtIns, ObjectWrites writes) => store.WriteAsync(writer =>
    {
        foreach (var name in Namespaces)
            writes.CreateInternally(writer, builtIns.Namespaces, Named(name));
        foreach (var role in JsonNode.Parse(Roles)!.AsArray())
        {
            var clusterRole = Named(role.Text("name")!);
            clusterRole["rules"] = role.At("rules")!.DeepClone();
            writes.CreateInternally(writer, builtIns.ClusterRoles, clusterRole);
            var binding = Named(role.Text("name")!);
            binding["roleRef"] = new JsonObject
            {
                ["apiGroup"] = "rbac.authorization.k8s.io",
                ["kind"] = "ClusterRole",
                ["name"] = role.Text("name"),
            };
            binding["subjects"] = new JsonArray([.. role.List("groups").Select(group => new JsonObject
            {
                ["apiGroup"] = "rbac.authorization.k8s.io",
                ["kind"] = "Group",
                ["name"] = group!.DeepClone(),
            })]);
            writes.CreateInternally(writer, builtIns.ClusterRoleBindings, binding);
        }

        var service = Named("kubernetes");
        service.Meta()["namespace"] = "default";
        service.Meta()["labels"] = new JsonObject { ["component"] = "apiserver", ["provider"] = "kubernetes" };
        service["spec"] = new JsonObject
        {
            ["ports"] = new JsonArray(new JsonObject { ["name"] = "https", ["port"] = 443, ["targetPort"] = 6443, ["protocol"] = "TCP" }),
        };
        writes.CreateInternally(writer, builtIns.Services, service);
        return true;
    });

    private static JsonObject Named(string name) => new() { ["metadata"] = new JsonObject { ["name"] = name } };
}
