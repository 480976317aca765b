namespace MetalSharp.Interop.Tests.Kubectl;

[Collection(KubectlCollection.Name)]
public sealed class KubectlCustomResourceTests(KubectlServer kubectl)
{
    private const string Definition = """
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata: {name: lanes.example.io}
        spec:
          group: example.io
          scope: Namespaced
          names: {plural: lanes, kind: Lane, shortNames: [ln], categories: [roads]}
          versions:
          - name: v1
            served: true
            storage: true
            subresources: {status: {}}
            schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
            additionalPrinterColumns:
            - {name: Auto, type: boolean, jsonPath: .spec.autoAssign}
            - {name: Addresses, type: string, jsonPath: '.spec.addresses[*]'}
            - {name: Ready, type: string, jsonPath: '.status.conditions[?(@.type=="Ready")].status'}
            - {name: Detail, type: string, jsonPath: .spec.detail, priority: 1}
            - {name: Age, type: date, jsonPath: .metadata.creationTimestamp}
          - name: v1beta1
            served: true
            storage: false
            schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
        """;

    [Fact]
    public async Task A_definition_makes_a_kind_that_works_like_any_other()
    {
        var space = await kubectl.NamespaceAsync();
        await kubectl.OkAsync("apply", "-f", kubectl.Write("definition.yaml", Definition));
        await kubectl.OkAsync("wait", "--for=condition=Established", "crd/lanes.example.io", "--timeout=10s");
        var file = kubectl.Write("lane.yaml", "apiVersion: example.io/v1\nkind: Lane\nmetadata: {name: lab}\nspec: {autoAssign: true, addresses: [10.0.0.0/24, 10.1.0.0/24], detail: x}\n");
        Assert.Equal("lane.example.io/lab created\n", (await kubectl.OkAsync("apply", "-n", space, "-f", file)).Output);
        Assert.Equal("lane.example.io/lab unchanged\n", (await kubectl.OkAsync("apply", "-n", space, "-f", file)).Output);
        await kubectl.OkAsync("apply", "--server-side", "-n", space, "-f", file);

        Assert.Equal([["NAME", "AUTO", "ADDRESSES", "READY", "AGE"], ["lab", "true", "10.0.0.0/24,10.1.0.0/24"]],
            (await kubectl.OkAsync("get", "ln", "-n", space)).Rows.Select(row => row[0] == "lab" ? row[..3] : row));
        await kubectl.OkAsync("patch", "lane", "lab", "-n", space, "--subresource=status", "--type=merge", "-p", """{"status":{"conditions":[{"type":"Ready","status":"True"}]},"spec":{"autoAssign":false}}""");
        Assert.Equal(["lab", "true", "10.0.0.0/24,10.1.0.0/24", "True"], (await kubectl.OkAsync("get", "roads", "-n", space)).Rows[1][..4]);
        Assert.Contains("DETAIL", (await kubectl.OkAsync("get", "lanes", "-o", "wide", "-n", space)).Rows[0]);
        Assert.Equal("1 example.io/v1beta1", (await kubectl.OkAsync("get", "lanes.v1beta1.example.io", "lab", "-n", space, "-o", "jsonpath={.metadata.generation} {.apiVersion}")).Output);
        Assert.Matches(@"(?m)^lanes +ln +example\.io/v1 +true +Lane", (await kubectl.OkAsync("api-resources", "--api-group=example.io")).Output);
        Assert.Contains("Kind:         Lane", (await kubectl.OkAsync("describe", "lane", "lab", "-n", space)).Output, StringComparison.Ordinal);

        await kubectl.OkAsync("delete", "crd", "lanes.example.io");
        await kubectl.RefusedAsync("get", "lanes.example.io", "-n", space);
    }

    [Fact]
    public async Task A_kind_nobody_defined_is_not_there()
    {
        Assert.Equal("error: the server doesn't have a resource type \"unicorns\"", await kubectl.RefusedAsync("get", "unicorns"));
        Assert.Contains("no matches for kind \"Unicorn\" in version \"example.io/v1\"",
            await kubectl.RefusedAsync("apply", "-f", kubectl.Write("unicorn.yaml", "apiVersion: example.io/v1\nkind: Unicorn\nmetadata: {name: x}\n")), StringComparison.Ordinal);
    }
}
