namespace MetalSharp.Interop.Tests.Kubectl;

[Collection(KubectlCollection.Name)]
public sealed class KubectlWriteTests(KubectlServer kubectl)
{
    [Fact]
    public async Task All_three_patch_types_change_a_Service()
    {
        var space = await ServiceAsync();
        await kubectl.OkAsync("patch", "svc", "web", "-n", space, "-p", """{"spec":{"ports":[{"port":443,"targetPort":9443}]}}""");
        Assert.Equal("8080 9443", await PathAsync(space, "{.spec.ports[*].targetPort}"));
        await kubectl.OkAsync("patch", "svc", "web", "-n", space, "--type=merge", "-p", """{"spec":{"externalTrafficPolicy":"Local"}}""");
        Assert.Matches(@"^Local 3\d{4}$", await PathAsync(space, "{.spec.externalTrafficPolicy} {.spec.healthCheckNodePort}"));
        await kubectl.OkAsync("patch", "svc", "web", "-n", space, "--type=json", "-p", """[{"op":"test","path":"/spec/ports/0/port","value":80},{"op":"remove","path":"/spec/ports/1"}]""");
        Assert.Equal("80", await PathAsync(space, "{.spec.ports[*].port}"));
        Assert.Contains("testing value /spec/ports/0/port failed",
            await kubectl.RefusedAsync("patch", "svc", "web", "-n", space, "--type=json", "-p", """[{"op":"test","path":"/spec/ports/0/port","value":81}]"""), StringComparison.Ordinal);
        Assert.Equal("service/web patched (no change)\n", (await kubectl.OkAsync("patch", "svc", "web", "-n", space, "--type=merge", "-p", """{"spec":{"externalTrafficPolicy":"Local"}}""")).Output);
    }

    [Fact]
    public async Task An_editor_changes_what_it_changes()
    {
        var space = await ServiceAsync();
        kubectl.Write("editor.sh", "sed -i 's/targetPort: 8080/targetPort: 7070/' \"$1\"\n");
        Assert.Equal("service/web edited\n", (await kubectl.OkAsync("edit", "svc", "web", "-n", space)).Output);
        Assert.Equal("7070 8443", await PathAsync(space, "{.spec.ports[*].targetPort}"));
        Assert.Contains("Edit cancelled", (await kubectl.OkAsync("edit", "svc", "web", "-n", space)).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Labels_and_annotations_come_and_go()
    {
        var space = await ServiceAsync();
        await kubectl.OkAsync("label", "svc", "web", "tier=front", "-n", space);
        await kubectl.OkAsync("annotate", "svc", "web", "metallb.io/address-pool=lab", "-n", space);
        Assert.Equal("front lab", await PathAsync(space, @"{.metadata.labels.tier} {.metadata.annotations.metallb\.io/address-pool}"));
        await kubectl.OkAsync("label", "svc", "web", "tier-", "-n", space);
        await kubectl.OkAsync("annotate", "svc", "web", "metallb.io/address-pool-", "-n", space);
        Assert.Equal("|", await PathAsync(space, "{.metadata.labels.tier}|{.metadata.annotations}"));
    }

    [Fact]
    public async Task Replacing_what_has_changed_meanwhile_is_a_conflict()
    {
        var space = await ServiceAsync();
        var file = kubectl.Write("replace.json", (await kubectl.OkAsync("get", "svc", "web", "-n", space, "-o", "json")).Output);
        Assert.Equal("service/web replaced\n", (await kubectl.OkAsync("replace", "-f", file)).Output);
        await kubectl.OkAsync("label", "svc", "web", "a=b", "-n", space);
        Assert.Contains(
            "Error from server (Conflict): error when replacing \"" + file + "\": Operation cannot be fulfilled on services \"web\": "
            + "the object has been modified; please apply your changes to the latest version and try again",
            await kubectl.RefusedAsync("replace", "-f", file), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_Service_that_makes_no_sense_says_which_field()
    {
        var space = await kubectl.NamespaceAsync();
        var file = kubectl.Write("bad.yaml", "apiVersion: v1\nkind: Service\nmetadata: {name: 1bad}\nspec: {ports: [{port: 80}, {port: 80}]}\n");
        var refusal = await kubectl.RefusedAsync("create", "-n", space, "-f", file);
        Assert.StartsWith("The Service \"1bad\" is invalid: \n* metadata.name: Invalid value: \"1bad\": a DNS-1035 label must consist of", refusal, StringComparison.Ordinal);
        Assert.Contains("\n* spec.ports[0].name: Required value\n", refusal, StringComparison.Ordinal);
        Assert.Contains("Error from server (AlreadyExists): namespaces \"default\" already exists", await kubectl.RefusedAsync("create", "namespace", "default"), StringComparison.Ordinal);
        Assert.Contains("namespaces \"nowhere\" not found", await kubectl.RefusedAsync("create", "cm", "x", "-n", "nowhere"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Deleting_by_name_selector_and_all()
    {
        var space = await kubectl.NamespaceAsync();
        var file = kubectl.Write("delete.yaml", string.Join("---\n", Enumerable.Range(0, 6).Select(i => $"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c{i}, labels: {{half: h{i % 2}}}}}\n")));
        await kubectl.OkAsync("create", "-n", space, "-f", file);
        Assert.Equal("configmap \"c0\" deleted", (await kubectl.OkAsync("delete", "cm", "c0", "-n", space)).Lines[0].Replace($" from {space} namespace", "", StringComparison.Ordinal));
        await kubectl.OkAsync("delete", "cm", "-l", "half=h1", "-n", space);
        Assert.Equal("c2 c4", (await kubectl.OkAsync("get", "cm", "-n", space, "-o", "jsonpath={.items[*].metadata.name}")).Output);
        await kubectl.OkAsync("delete", "cm", "--all", "-n", space);
        Assert.Empty((await kubectl.OkAsync("get", "cm", "-n", space)).Output);
        Assert.Contains("configmaps \"c0\" not found", await kubectl.RefusedAsync("delete", "cm", "c0", "-n", space), StringComparison.Ordinal);
        await kubectl.OkAsync("delete", "cm", "c0", "--ignore-not-found", "-n", space);
    }

    [Fact]
    public async Task A_finalizer_holds_what_is_deleted()
    {
        var space = await kubectl.NamespaceAsync();
        await kubectl.OkAsync("create", "-n", space, "-f", kubectl.Write("held.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: held, finalizers: [example.com/hold]}\n"));
        await kubectl.OkAsync("delete", "cm", "held", "--wait=false", "-n", space);
        Assert.NotEmpty((await kubectl.OkAsync("get", "cm", "held", "-n", space, "-o", "jsonpath={.metadata.deletionTimestamp}")).Output);
        using var deletion = kubectl.Start("wait", "--for=delete", "cm/held", "--timeout=20s", "-n", space);
        await kubectl.OkAsync("patch", "cm", "held", "--type=merge", "-p", """{"metadata":{"finalizers":null}}""", "-n", space);
        await deletion.WaitForExitAsync();
        Assert.Equal(0, deletion.ExitCode);
    }

    [Fact]
    public async Task A_namespace_goes_with_all_that_is_in_it()
    {
        var space = await ServiceAsync();
        Assert.Equal("default", (await kubectl.OkAsync("get", "sa", "-n", space, "-o", "jsonpath={.items[*].metadata.name}")).Output);
        await kubectl.OkAsync("delete", "namespace", space);
        Assert.Contains("(NotFound)", await kubectl.RefusedAsync("get", "namespace", space), StringComparison.Ordinal);
        Assert.Empty((await kubectl.OkAsync("get", "svc", "-n", space)).Output);
    }

    [Fact]
    public async Task Dependents_follow_their_owner_unless_orphaned()
    {
        var space = await kubectl.NamespaceAsync();
        foreach (var (name, cascade, left) in new[] { ("one", "background", ""), ("two", "orphan", "two-child"), ("three", "foreground", "two-child") })
        {
            await kubectl.OkAsync("create", "cm", name, "-n", space);
            var uid = (await kubectl.OkAsync("get", "cm", name, "-n", space, "-o", "jsonpath={.metadata.uid}")).Output;
            await kubectl.OkAsync("create", "-n", space, "-f", kubectl.Write("child.yaml",
                $"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}-child\n  ownerReferences: [{{apiVersion: v1, kind: ConfigMap, name: {name}, uid: {uid}}}]\n"));
            await kubectl.OkAsync("delete", "cm", name, $"--cascade={cascade}", "-n", space);
            Assert.Equal(left, (await kubectl.OkAsync("get", "cm", "-n", space, "-o", "jsonpath={.items[*].metadata.name}")).Output);
        }
    }

    [Fact]
    public async Task Waiting_for_an_address_ends_when_it_comes()
    {
        var space = await ServiceAsync();
        using var wait = kubectl.Start("wait", "--for=jsonpath={.status.loadBalancer.ingress[0].ip}=192.168.3.100", "svc/web", "--timeout=20s", "-n", space);
        await kubectl.OkAsync("patch", "svc", "web", "-n", space, "--subresource=status", "--type=merge", "-p",
            """{"status":{"loadBalancer":{"ingress":[{"ip":"192.168.3.100"}]},"conditions":[{"type":"metalsharp.io/AddressAllocated","status":"True","reason":"Allocated","message":"","lastTransitionTime":"2026-11-20T11:00:00Z"}]}}""");
        await wait.WaitForExitAsync();
        Assert.Equal(0, wait.ExitCode);
        await kubectl.OkAsync("wait", "--for=condition=metalsharp.io/AddressAllocated", "svc/web", "--timeout=5s", "-n", space);
        Assert.Contains("timed out waiting", await kubectl.RefusedAsync("wait", "--for=condition=Never", "svc/web", "--timeout=1s", "-n", space), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_status_door_and_the_main_door_are_apart()
    {
        var space = await ServiceAsync();
        await kubectl.OkAsync("patch", "svc", "web", "-n", space, "--type=merge", "-p", """{"status":{"loadBalancer":{"ingress":[{"ip":"1.1.1.1"}]}}}""");
        Assert.Equal("{}", await PathAsync(space, "{.status.loadBalancer}"));
        await kubectl.OkAsync("patch", "svc", "web", "-n", space, "--subresource=status", "--type=merge", "-p", """{"spec":{"type":"ClusterIP"},"status":{"loadBalancer":{"ingress":[{"ip":"1.1.1.1"}]}}}""");
        Assert.Equal("LoadBalancer 1.1.1.1", await PathAsync(space, "{.spec.type} {.status.loadBalancer.ingress[0].ip}"));
        Assert.Equal(["web", "LoadBalancer"], (await kubectl.OkAsync("get", "svc", "web", "--subresource=status", "-n", space)).Rows[1][..2]);
    }

    private async Task<string> ServiceAsync()
    {
        var space = await kubectl.NamespaceAsync();
        await kubectl.OkAsync("create", "-n", space, "-f", kubectl.Write("service.yaml", """
            apiVersion: v1
            kind: Service
            metadata: {name: web}
            spec: {type: LoadBalancer, selector: {app: web}, ports: [{name: http, port: 80, targetPort: 8080}, {name: https, port: 443, targetPort: 8443}]}
            """));
        return space;
    }

    private async Task<string> PathAsync(string space, string path) =>
        (await kubectl.OkAsync("get", "svc", "web", "-n", space, "-o", $"jsonpath={path}")).Output;
}
