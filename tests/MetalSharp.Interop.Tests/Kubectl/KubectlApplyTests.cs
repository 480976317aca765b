namespace MetalSharp.Interop.Tests.Kubectl;

[Collection(KubectlCollection.Name)]
public sealed class KubectlApplyTests(KubectlServer kubectl)
{
    private const string Web = """
        apiVersion: v1
        kind: Service
        metadata:
          name: web
          labels: {app: web}
        spec:
          type: LoadBalancer
          selector: {app: web}
          loadBalancerSourceRanges: [10.0.0.0/8]
          ports:
          - {name: http, port: 80, targetPort: 8080}
          - {name: https, port: 443, targetPort: 8443}
        """;

    [Fact]
    public async Task Apply_creates_then_leaves_alone_then_changes()
    {
        var space = await kubectl.NamespaceAsync();
        var file = kubectl.Write("web.yaml", Web);
        Assert.Equal("service/web created\n", (await kubectl.OkAsync("apply", "-n", space, "-f", file)).Output);
        Assert.Equal("service/web unchanged\n", (await kubectl.OkAsync("apply", "-n", space, "-f", file)).Output);
        kubectl.Write("web.yaml", Web.Replace("8443", "9443", StringComparison.Ordinal).Replace("labels: {app: web}", "labels: {tier: front}", StringComparison.Ordinal));
        Assert.Equal("service/web configured\n", (await kubectl.OkAsync("apply", "-n", space, "-f", file)).Output);
        Assert.Equal("9443 front ", await PathAsync(space, "{.spec.ports[1].targetPort} {.metadata.labels.tier} {.metadata.labels.app}"));
    }

    [Fact]
    public async Task Apply_removes_the_port_that_left_the_file_and_keeps_what_the_server_gave()
    {
        var space = await kubectl.NamespaceAsync();
        var file = kubectl.Write("port.yaml", Web);
        await kubectl.OkAsync("apply", "-n", space, "-f", file);
        var before = await PathAsync(space, "{.spec.clusterIP} {.spec.ports[0].nodePort}");
        kubectl.Write("port.yaml", Web.Replace("  - {name: https, port: 443, targetPort: 8443}", "", StringComparison.Ordinal));
        await kubectl.OkAsync("apply", "-n", space, "-f", file);
        Assert.Equal(before, await PathAsync(space, "{.spec.clusterIP} {.spec.ports[0].nodePort}"));
        Assert.Equal("http", await PathAsync(space, "{.spec.ports[*].name}"));
    }

    [Fact]
    public async Task Server_side_apply_twice_changes_nothing_the_second_time()
    {
        var space = await kubectl.NamespaceAsync();
        var file = kubectl.Write("ssa.yaml", Web);
        await kubectl.OkAsync("apply", "--server-side", "-n", space, "-f", file);
        var version = await PathAsync(space, "{.metadata.resourceVersion}");
        Assert.Equal("service/web serverside-applied\n", (await kubectl.OkAsync("apply", "--server-side", "-n", space, "-f", file)).Output);
        Assert.Equal(version, await PathAsync(space, "{.metadata.resourceVersion}"));
    }

    [Fact]
    public async Task Two_managers_who_want_different_things_conflict_until_one_forces()
    {
        var space = await kubectl.NamespaceAsync();
        var file = kubectl.Write("conflict.yaml", Web);
        await kubectl.OkAsync("apply", "--server-side", "--field-manager=first", "-n", space, "-f", file);
        kubectl.Write("conflict.yaml", Web.Replace("targetPort: 8080", "targetPort: 9090", StringComparison.Ordinal).Replace("10.0.0.0/8", "172.16.0.0/12", StringComparison.Ordinal));
        var refusal = await kubectl.RefusedAsync("apply", "--server-side", "--field-manager=second", "-n", space, "-f", file);
        Assert.StartsWith("error: Apply failed with 2 conflicts: conflicts with \"first\":\n- .spec.loadBalancerSourceRanges\n- .spec.ports[port=80,protocol=\"TCP\"].targetPort\n",
            refusal.Replace("Error from server (Conflict): ", "error: ", StringComparison.Ordinal), StringComparison.Ordinal);
        await kubectl.OkAsync("apply", "--server-side", "--force-conflicts", "--field-manager=second", "-n", space, "-f", file);
        Assert.Equal("9090 8443", await PathAsync(space, "{.spec.ports[*].targetPort}"));
    }

    [Fact]
    public async Task What_an_applier_drops_goes_and_what_others_set_stays()
    {
        var space = await kubectl.NamespaceAsync();
        var file = kubectl.Write("drop.yaml", Web);
        await kubectl.OkAsync("apply", "--server-side", "-n", space, "-f", file);
        await kubectl.OkAsync("annotate", "service", "web", "mine=yes", "-n", space);
        kubectl.Write("drop.yaml", Web.Replace("  loadBalancerSourceRanges: [10.0.0.0/8]\n", "", StringComparison.Ordinal));
        await kubectl.OkAsync("apply", "--server-side", "-n", space, "-f", file);
        Assert.Equal("|yes", await PathAsync(space, "{.spec.loadBalancerSourceRanges}|{.metadata.annotations.mine}"));
    }

    [Fact]
    public async Task A_file_may_move_from_client_side_to_server_side_apply()
    {
        var space = await kubectl.NamespaceAsync();
        var file = kubectl.Write("move.yaml", Web);
        await kubectl.OkAsync("apply", "-n", space, "-f", file);
        await kubectl.OkAsync("apply", "--server-side", "-n", space, "-f", file);
        kubectl.Write("move.yaml", Web.Replace("targetPort: 8080", "targetPort: 9090", StringComparison.Ordinal));
        await kubectl.OkAsync("apply", "--server-side", "-n", space, "-f", file);
        Assert.Equal("9090 8443", await PathAsync(space, "{.spec.ports[*].targetPort}"));
    }

    [Fact]
    public async Task Managed_fields_name_every_writer()
    {
        var space = await kubectl.NamespaceAsync();
        await kubectl.OkAsync("apply", "--server-side", "-n", space, "-f", kubectl.Write("managers.yaml", Web));
        await kubectl.OkAsync("label", "service", "web", "x=y", "-n", space);
        await kubectl.OkAsync("patch", "service", "web", "-n", space, "--subresource=status", "--type=merge", "-p", """{"status":{"loadBalancer":{"ingress":[{"ip":"192.168.3.100"}]}}}""");
        Assert.Equal("kubectl:Apply: kubectl-label:Update: kubectl-patch:Update:status ",
            await PathAsync(space, "{range .metadata.managedFields[*]}{.manager}:{.operation}:{.subresource} {end}"));
    }

    [Fact]
    public async Task Diff_shows_what_apply_would_change_and_a_dry_run_changes_nothing()
    {
        var space = await kubectl.NamespaceAsync();
        var file = kubectl.Write("diff.yaml", Web);
        await kubectl.OkAsync("apply", "-n", space, "-f", file);
        Assert.Empty((await kubectl.OkAsync("diff", "-n", space, "-f", file)).Output);
        kubectl.Write("diff.yaml", Web.Replace("targetPort: 8080", "targetPort: 9090", StringComparison.Ordinal));
        var diff = await kubectl.RunAsync("diff", "-n", space, "-f", file);
        Assert.Equal(1, diff.ExitCode);
        Assert.Contains("-    targetPort: 8080\n+    targetPort: 9090\n", diff.Output, StringComparison.Ordinal);
        Assert.Equal("service/web configured (server dry run)\n", (await kubectl.OkAsync("apply", "--dry-run=server", "-n", space, "-f", file)).Output);
        Assert.Equal("8080", await PathAsync(space, "{.spec.ports[0].targetPort}"));
    }

    [Fact]
    public async Task A_kustomization_is_applied_and_deleted()
    {
        kubectl.Write("kustom/kustomization.yaml", "namespace: kustom\nresources: [all.yaml]\nconfigMapGenerator:\n- {name: config, literals: [a=b]}\ngeneratorOptions: {disableNameSuffixHash: true}\n");
        kubectl.Write("kustom/all.yaml", "apiVersion: v1\nkind: Namespace\nmetadata: {name: kustom}\n---\n" + Web);
        Assert.Equal(
            ["configmap/config created", "namespace/kustom created", "service/web created"],
            (await kubectl.OkAsync("apply", "-k", "kustom")).Lines.Order(StringComparer.Ordinal));
        Assert.Equal(
            ["configmap/config unchanged", "namespace/kustom unchanged", "service/web unchanged"],
            (await kubectl.OkAsync("apply", "-k", "kustom")).Lines.Order(StringComparer.Ordinal));
        await kubectl.OkAsync("delete", "-k", "kustom");
        Assert.Contains("(NotFound)", await kubectl.RefusedAsync("get", "namespace", "kustom"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_manifests_of_deploy_apply_as_they_are()
    {
        var root = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(root, "MetalSharp.sln")))
            root = Path.GetDirectoryName(root)!;
        await kubectl.OkAsync("apply", "-k", Path.Combine(root, "deploy/base"));
        Assert.All((await kubectl.OkAsync("apply", "-k", Path.Combine(root, "deploy/base"))).Lines, line => Assert.EndsWith(" unchanged", line, StringComparison.Ordinal));
        Assert.All((await kubectl.OkAsync("apply", "--server-side", "-k", Path.Combine(root, "deploy/base"))).Lines, line => Assert.EndsWith(" serverside-applied", line, StringComparison.Ordinal));
        await kubectl.OkAsync("delete", "-k", Path.Combine(root, "deploy/base"));
    }

    private async Task<string> PathAsync(string space, string path) =>
        (await kubectl.OkAsync("get", "service", "web", "-n", space, "--show-managed-fields", "-o", $"jsonpath={path}")).Output;
}
