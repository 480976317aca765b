namespace MetalSharp.Interop.Tests.Kubectl;

[Collection(KubectlCollection.Name)]
public sealed class KubectlAccessTests(KubectlServer kubectl)
{
    [Fact]
    public async Task Refusals_say_who_may_not_do_what_and_where()
    {
        const string Who = "--as=system:serviceaccount:ns:name";
        const string User = "User \"system:serviceaccount:ns:name\"";
        Assert.Equal(
            $"Error from server (Forbidden): services is forbidden: {User} cannot list resource \"services\" in API group \"\" at the cluster scope",
            await kubectl.RefusedAsync("get", "svc", "-A", Who));
        Assert.Equal(
            $"Error from server (Forbidden): services \"web\" is forbidden: {User} cannot get resource \"services\" in API group \"\" in the namespace \"default\"",
            await kubectl.RefusedAsync("get", "svc", "web", Who));
        Assert.Equal(
            $"Error from server (Forbidden): leases.coordination.k8s.io is forbidden: {User} cannot list resource \"leases\" in API group \"coordination.k8s.io\" in the namespace \"default\"",
            await kubectl.RefusedAsync("get", "lease", Who));
        Assert.Equal(
            $"Error from server (Forbidden): services \"web\" is forbidden: {User} cannot get resource \"services/status\" in API group \"\" in the namespace \"default\"",
            await kubectl.RefusedAsync("get", "--raw", "/api/v1/namespaces/default/services/web/status", Who));
    }

    [Fact]
    public async Task Roles_count_where_they_are_bound()
    {
        var space = await kubectl.NamespaceAsync();
        await kubectl.OkAsync("create", "serviceaccount", "bot", "-n", space);
        await kubectl.OkAsync("create", "role", "reader", "--verb=get,list,watch", "--resource=services", "-n", space);
        await kubectl.OkAsync("create", "rolebinding", "reader", "--role=reader", $"--serviceaccount={space}:bot", "-n", space);
        var bot = $"--as=system:serviceaccount:{space}:bot";
        await kubectl.OkAsync("get", "svc", "-n", space, bot);
        Assert.Contains("in the namespace \"default\"", await kubectl.RefusedAsync("get", "svc", "-n", "default", bot), StringComparison.Ordinal);
        Assert.Equal("yes\n", (await kubectl.OkAsync("auth", "can-i", "list", "services", "-n", space, bot)).Output);
        Assert.Equal("no\n", (await kubectl.RunAsync("auth", "can-i", "delete", "services", "-n", space, bot)).Output);
        Assert.Equal("no\n", (await kubectl.RunAsync("auth", "can-i", "update", "services", "--subresource=status", "-n", space, bot)).Output);
        Assert.Matches(@"(?m)^services +\[\] +\[\] +\[get list watch\]", (await kubectl.OkAsync("auth", "can-i", "--list", "-n", space, bot)).Output);
        Assert.Equal("yes\n", (await kubectl.OkAsync("auth", "can-i", "*", "*")).Output);
        await kubectl.OkAsync("delete", "rolebinding", "reader", "-n", space);
        await kubectl.RefusedAsync("get", "svc", "-n", space, bot);
    }

    [Fact]
    public async Task Groups_carry_permissions()
    {
        await kubectl.OkAsync("create", "clusterrole", "node-reader", "--verb=get,list", "--resource=nodes");
        await kubectl.OkAsync("create", "clusterrolebinding", "node-reader", "--clusterrole=node-reader", "--group=ops");
        await kubectl.OkAsync("get", "nodes", "--as=eve", "--as-group=ops");
        Assert.Contains("User \"eve\" cannot list", await kubectl.RefusedAsync("get", "nodes", "--as=eve"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_speaks_for_its_ServiceAccount()
    {
        var space = await kubectl.NamespaceAsync();
        var token = (await kubectl.OkAsync("create", "token", "default", "-n", space)).Output.Trim();
        string[] server = ["--kubeconfig=/dev/null", "--insecure-skip-tls-verify", "--server", (await kubectl.OkAsync("config", "view", "-o", "jsonpath={.clusters[0].cluster.server}")).Output];
        Assert.Contains(
            $"User \"system:serviceaccount:{space}:default\" cannot list resource \"pods\"",
            await kubectl.RefusedAsync(["get", "pods", "--token", token, .. server]), StringComparison.Ordinal);
        Assert.Matches($@"(?m)^Username +system:serviceaccount:{space}:default", (await kubectl.OkAsync(["auth", "whoami", "--token", token, .. server])).Output);
        Assert.Equal("error: You must be logged in to the server (Unauthorized)", await kubectl.RefusedAsync(["get", "pods", "--token", "rubbish", .. server]));
        Assert.Contains("may not specify a duration less than 10 minutes",
            await kubectl.RefusedAsync("create", "token", "default", "--duration=1m", "-n", space), StringComparison.Ordinal);
    }
}
