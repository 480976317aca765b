using System.Text.Json.Nodes;

namespace MetalSharp.Interop.Tests.Kubectl;

[Collection(KubectlCollection.Name)]
public sealed class KubectlGetTests(KubectlServer kubectl)
{
    [Fact]
    public async Task Services_look_as_everywhere()
    {
        var space = await kubectl.NamespaceAsync();
        await kubectl.OkAsync("create", "service", "loadbalancer", "web", "--tcp=80:8080", "-n", space);
        await kubectl.OkAsync("create", "service", "externalname", "out", "--external-name=example.com", "-n", space);
        var rows = (await kubectl.OkAsync("get", "svc", "-o", "wide", "-n", space)).Rows;
        Assert.Equal(["NAME", "TYPE", "CLUSTER-IP", "EXTERNAL-IP", "PORT(S)", "AGE", "SELECTOR"], rows[0]);
        Assert.Equal(["out", "ExternalName", "<none>", "example.com", "<none>"], rows[1][..5]);
        Assert.Equal(["web", "LoadBalancer"], rows[2][..2]);
        Assert.Matches(@"^10\.96\.\d+\.\d+$", rows[2][2]);
        Assert.Equal("<pending>", rows[2][3]);
        Assert.Matches(@"^80:3\d{4}/TCP$", rows[2][4]);
        Assert.Equal("app=web", rows[2][6]);
        await SetAddressAsync(space, "web", "192.168.3.100");
        Assert.Equal("192.168.3.100", (await kubectl.OkAsync("get", "svc", "web", "-n", space)).Rows[1][3]);
    }

    [Fact]
    public async Task Watching_shows_each_change_as_a_row()
    {
        var space = await kubectl.NamespaceAsync();
        await kubectl.OkAsync("create", "service", "loadbalancer", "web", "--tcp=80:8080", "-n", space);
        using var watch = kubectl.Start("get", "svc", "-w", "-n", space);
        Assert.StartsWith("NAME", await NextAsync(watch), StringComparison.Ordinal);
        Assert.Contains("<pending>", await NextAsync(watch), StringComparison.Ordinal);
        await SetAddressAsync(space, "web", "192.168.3.100");
        Assert.Contains("192.168.3.100", await NextAsync(watch), StringComparison.Ordinal);
        await kubectl.OkAsync("create", "service", "clusterip", "late", "--tcp=80:8080", "-n", space);
        Assert.StartsWith("late", await NextAsync(watch), StringComparison.Ordinal);
        watch.Kill();
    }

    [Fact]
    public async Task Every_output_format_works()
    {
        var space = await kubectl.NamespaceAsync();
        await kubectl.OkAsync("create", "configmap", "config", "--from-literal=a=b", "-n", space);
        Assert.Contains("\ndata:\n  a: b\n", (await kubectl.OkAsync("get", "configmap", "config", "-o", "yaml", "-n", space)).Output, StringComparison.Ordinal);
        var list = JsonNode.Parse((await kubectl.OkAsync("get", "configmap", "-o", "json", "-n", space)).Output)!;
        Assert.Equal("config", (string?)list["items"]![0]!["metadata"]!["name"]);
        Assert.Equal("b", (await kubectl.OkAsync("get", "cm", "config", "-o", "jsonpath={.data.a}", "-n", space)).Output);
        Assert.Equal([["KEY", "NS"], ["b", space]],
            (await kubectl.OkAsync("get", "cm", "-o", "custom-columns=KEY:.data.a,NS:.metadata.namespace", "-n", space)).Lines.Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)));
        Assert.Equal("configmap/config\n", (await kubectl.OkAsync("get", "cm", "-o", "name", "-n", space)).Output);
        Assert.Equal("b", (await kubectl.OkAsync("get", "cm", "config", "-o", "go-template={{.data.a}}", "-n", space)).Output);
        Assert.Equal(["NAME", "DATA", "AGE"], (await kubectl.OkAsync("get", "cm", "-n", space)).Rows[0]);
        Assert.Equal("NAMESPACE", (await kubectl.OkAsync("get", "cm", "-A")).Rows[0][0]);
        Assert.Equal("LABELS", (await kubectl.OkAsync("get", "cm", "--show-labels", "-n", space)).Rows[0][^1]);
    }

    [Theory]
    [InlineData("-l", "app=a", "a1 a2")]
    [InlineData("-l", "app in (a,b),!old", "a1 b1")]
    [InlineData("-l", "app!=a", "b1")]
    [InlineData("--field-selector", "metadata.name=a1", "a1")]
    [InlineData("--field-selector", "metadata.name!=a1", "a2 b1")]
    [InlineData("--field-selector", "metadata.name=none", "")]
    public async Task Selectors_choose(string flag, string selector, string expected)
    {
        var space = await kubectl.NamespaceAsync();
        var file = kubectl.Write("selectors.yaml", string.Join("---\n", new[] { ("a1", "{app: a}"), ("a2", "{app: a, old: x}"), ("b1", "{app: b}") }
            .Select(one => $"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {one.Item1}, labels: {one.Item2}}}\n")));
        await kubectl.OkAsync("create", "-n", space, "-f", file);
        Assert.Equal(expected, (await kubectl.OkAsync("get", "cm", flag, selector, "-n", space, "-o", "jsonpath={.items[*].metadata.name}")).Output);
    }

    [Fact]
    public async Task A_field_that_is_no_selector_is_refused()
    {
        Assert.Equal(
            "Error from server (BadRequest): Unable to find \"/v1, Resource=services\" that match label selector \"\", field selector \"spec.foo=x\": field label not supported: spec.foo",
            await kubectl.RefusedAsync("get", "svc", "--field-selector", "spec.foo=x"));
    }

    [Fact]
    public async Task A_long_list_comes_in_pages()
    {
        var space = await kubectl.NamespaceAsync();
        var file = kubectl.Write("many.yaml", string.Join("---\n", Enumerable.Range(0, 25).Select(i => $"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c{i:00}}}\n")));
        await kubectl.OkAsync("create", "-n", space, "-f", file);
        var result = await kubectl.OkAsync("get", "cm", "--chunk-size=10", "-n", space, "-v=6");
        Assert.Equal(26, result.Lines.Length);
        Assert.Equal(3, result.Error.Split("limit=10").Length - 1);
    }

    [Fact]
    public async Task Nodes_pods_deployments_and_slices_have_their_columns()
    {
        var space = await kubectl.NamespaceAsync();
        await kubectl.OkAsync("create", "-n", space, "-f", kubectl.Write("kinds.yaml", $$"""
            apiVersion: v1
            kind: Node
            metadata: {name: n-{{space}} , labels: {node-role.kubernetes.io/control-plane: ""} }
            status:
              addresses: [{type: InternalIP, address: 192.168.3.1}]
              conditions: [{type: Ready, status: "True"}]
              nodeInfo: {kubeletVersion: v1.32.0, osImage: lab, kernelVersion: "6", containerRuntimeVersion: none}
            ---
            apiVersion: v1
            kind: Pod
            metadata: {name: p}
            spec: {nodeName: n1, containers: [{name: c, image: i}]}
            ---
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: d}
            spec: {replicas: 2, selector: {matchLabels: {a: b} }, template: {metadata: {labels: {a: b} }, spec: {containers: [{name: c, image: i}]} } }
            ---
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata: {name: e}
            addressType: IPv4
            ports: [{port: 8080, protocol: TCP}]
            endpoints: [{addresses: [10.1.0.1]}, {addresses: [10.1.0.2]}]
            ---
            apiVersion: coordination.k8s.io/v1
            kind: Lease
            metadata: {name: l}
            spec: {holderIdentity: me}
            """));
        Assert.Equal([$"n-{space}", "Ready", "control-plane"], (await kubectl.OkAsync("get", "node", $"n-{space}")).Rows[1][..3]);
        Assert.Contains("192.168.3.1", (await kubectl.OkAsync("get", "node", $"n-{space}", "-o", "wide")).Rows[1]);
        await kubectl.OkAsync("patch", "pod", "p", "-n", space, "--subresource=status", "--type=merge", "-p", """{"status":{"phase":"Running","podIP":"10.1.0.1","containerStatuses":[{"name":"c","ready":true,"restartCount":0}]}}""");
        Assert.Equal(["p", "1/1", "Running", "0"], (await kubectl.OkAsync("get", "pod", "-n", space, "--field-selector", "spec.nodeName=n1,status.phase=Running")).Rows[1][..4]);
        Assert.Equal(["d", "0/2", "0", "0"], (await kubectl.OkAsync("get", "deploy", "-n", space)).Rows[1][..4]);
        await kubectl.OkAsync("scale", "deploy", "d", "--replicas=0", "-n", space);
        Assert.Equal("0/0", (await kubectl.OkAsync("get", "deploy", "-n", space)).Rows[1][1]);
        Assert.Equal(["e", "IPv4", "8080", "10.1.0.1,10.1.0.2"], (await kubectl.OkAsync("get", "endpointslices", "-n", space)).Rows[1][..4]);
        Assert.Equal(["l", "me"], (await kubectl.OkAsync("get", "lease", "-n", space)).Rows[1][..2]);
        await kubectl.OkAsync("get", "all", "-n", space);
    }

    [Fact]
    public async Task The_API_says_what_it_serves()
    {
        var resources = (await kubectl.OkAsync("api-resources")).Output;
        foreach (var line in new[] { @"^services +svc +v1 +true +Service", @"^leases +coordination\.k8s\.io/v1 +true +Lease", @"^deployments +deploy +apps/v1 +true +Deployment" })
            Assert.Matches(new System.Text.RegularExpressions.Regex(line, System.Text.RegularExpressions.RegexOptions.Multiline), resources);
        Assert.Contains("events.k8s.io/v1", (await kubectl.OkAsync("api-versions")).Lines);
        Assert.Equal("ok", (await kubectl.OkAsync("get", "--raw", "/readyz")).Output);
        Assert.Contains("Server Version: v1.", (await kubectl.OkAsync("version")).Output, StringComparison.Ordinal);
        // The classic discovery documents, which old clients ask for.
        Assert.Contains("\"groupVersion\":\"apps/v1\"", (await kubectl.OkAsync("get", "--raw", "/apis")).Output, StringComparison.Ordinal);
        Assert.Contains("\"name\":\"services/status\"", (await kubectl.OkAsync("get", "--raw", "/api/v1")).Output, StringComparison.Ordinal);
    }

    private Task<KubectlResult> SetAddressAsync(string space, string service, string address) => kubectl.OkAsync(
        "patch", "svc", service, "-n", space, "--subresource=status", "--type=merge", "-p", $$"""{"status":{"loadBalancer":{"ingress":[{"ip":"{{address}}"}]} } }""");

    private static async Task<string> NextAsync(System.Diagnostics.Process watch) =>
        await watch.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(20)) ?? throw new IOException("kubectl has ended");
}
