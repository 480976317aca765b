using System.Text.Json.Nodes;
using MetalSharp.Lab.ApiServer.Access;
using MetalSharp.Lab.ApiServer.Storage;

namespace MetalSharp.Tests.Lab.ApiServer;

public sealed class RbacPolicyTests
{
    private static readonly UserInfo Speaker = UserInfo.ServiceAccount("metallb-system", "speaker");

    private static readonly RbacPolicy Policy = new(
        roles: [Object("roles", "metallb-system", "leases", """{"rules":[{"verbs":["get","update"],"apiGroups":["coordination.k8s.io"],"resources":["leases"],"resourceNames":["mine"]}]}""")],
        roleBindings:
        [
            Object("rolebindings", "metallb-system", "leases", """{"roleRef":{"kind":"Role","name":"leases"},"subjects":[{"kind":"ServiceAccount","name":"speaker","namespace":"metallb-system"}]}"""),
            Object("rolebindings", "shop", "view", """{"roleRef":{"kind":"ClusterRole","name":"view"},"subjects":[{"kind":"Group","name":"shop-team"}]}"""),
        ],
        clusterRoles:
        [
            Object("clusterroles", "", "speaker", """{"rules":[{"verbs":["list","watch"],"apiGroups":[""],"resources":["services","nodes"]},{"verbs":["patch"],"apiGroups":[""],"resources":["services/status"]}]}"""),
            Object("clusterroles", "", "view", """{"rules":[{"verbs":["*"],"apiGroups":["*"],"resources":["*/scale","pods"]}]}"""),
            Object("clusterroles", "", "probes", """{"rules":[{"verbs":["get"],"nonResourceURLs":["/healthz","/openapi/*"]}]}"""),
        ],
        clusterRoleBindings:
        [
            Object("clusterrolebindings", "", "speaker", """{"roleRef":{"kind":"ClusterRole","name":"speaker"},"subjects":[{"kind":"ServiceAccount","name":"speaker","namespace":"metallb-system"}]}"""),
            Object("clusterrolebindings", "", "probes", """{"roleRef":{"kind":"ClusterRole","name":"probes"},"subjects":[{"kind":"User","name":"bob"}]}"""),
            Object("clusterrolebindings", "", "dangling", """{"roleRef":{"kind":"ClusterRole","name":"no-such"},"subjects":[{"kind":"User","name":"bob"}]}"""),
        ]);

    [Theory]
    [InlineData("list", "", "services", "", "", true)]
    [InlineData("list", "", "services", "shop", "", true)]
    [InlineData("get", "", "services", "shop", "web", false)]
    [InlineData("patch", "", "services/status", "shop", "web", true)]
    [InlineData("patch", "", "services", "shop", "web", false)]
    [InlineData("update", "", "services/status", "shop", "web", false)]
    [InlineData("update", "coordination.k8s.io", "leases", "metallb-system", "mine", true)]
    [InlineData("update", "coordination.k8s.io", "leases", "metallb-system", "other", false)]
    [InlineData("update", "coordination.k8s.io", "leases", "shop", "mine", false)]
    [InlineData("update", "", "leases", "metallb-system", "mine", false)]
    public void A_ServiceAccount_may_what_its_bindings_say(string verb, string group, string resource, string @namespace, string name, bool allowed) =>
        Assert.Equal(allowed, Policy.Allows(Speaker, new AccessRequest(verb) { Group = group, Resource = resource, Namespace = @namespace, Name = name }));

    [Fact]
    public void A_ClusterRole_bound_in_a_namespace_counts_there_only()
    {
        var team = new UserInfo("eve", ["shop-team", UserInfo.Authenticated]);
        Assert.True(Policy.Allows(team, new AccessRequest("delete") { Resource = "pods", Namespace = "shop" }));
        Assert.True(Policy.Allows(team, new AccessRequest("get") { Group = "apps", Resource = "deployments/scale", Namespace = "shop" }));
        Assert.False(Policy.Allows(team, new AccessRequest("get") { Group = "apps", Resource = "deployments", Namespace = "shop" }));
        Assert.False(Policy.Allows(team, new AccessRequest("delete") { Resource = "pods", Namespace = "other" }));
        Assert.False(Policy.Allows(team, new AccessRequest("delete") { Resource = "pods" }));
    }

    [Fact]
    public void Paths_match_exactly_or_by_their_star()
    {
        var bob = new UserInfo("bob", [UserInfo.Authenticated]);
        Assert.True(Policy.Allows(bob, new AccessRequest("get") { Path = "/openapi/v3/apis" }));
        Assert.True(Policy.Allows(bob, new AccessRequest("get") { Path = "/healthz" }));
        Assert.False(Policy.Allows(bob, new AccessRequest("get") { Path = "/healthz/x" }));
        Assert.False(Policy.Allows(bob, new AccessRequest("list") { Resource = "pods" }));
    }

    [Fact]
    public void Masters_may_everything() =>
        Assert.True(Policy.Allows(new UserInfo("root", [UserInfo.Masters]), new AccessRequest("delete") { Resource = "nodes" }));

    [Fact]
    public void Acting_for_a_ServiceAccount_brings_its_groups()
    {
        var acting = UserInfo.Impersonated("system:serviceaccount:ns:name", []);
        Assert.Equal(["system:serviceaccounts", "system:serviceaccounts:ns", "system:authenticated"], acting.Groups);
        Assert.Equal(["dev", "system:authenticated"], UserInfo.Impersonated("bob", ["dev"]).Groups);
    }

    private static StoredObject Object(string plural, string @namespace, string name, string json)
    {
        var content = JsonNode.Parse(json)!.AsObject();
        content["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = @namespace };
        return StoredObject.Create(TestCluster.Resource(plural).Type, content, 1);
    }
}
