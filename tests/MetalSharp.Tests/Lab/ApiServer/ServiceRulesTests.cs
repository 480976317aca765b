using System.Text.Json.Nodes;
using MetalSharp.Lab.ApiServer;
using MetalSharp.Lab.ApiServer.Http;

namespace MetalSharp.Tests.Lab.ApiServer;

public sealed class ServiceRulesTests
{
    [Fact]
    public async Task A_LoadBalancer_gets_the_defaults_of_a_real_server()
    {
        await using var cluster = await TestCluster.StartAsync();
        var service = await CreateAsync(cluster, "web", """{"type":"LoadBalancer","ports":[{"port":80}]}""");
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse("""
            {"type":"LoadBalancer","ports":[{"port":80,"protocol":"TCP","targetPort":80,"nodePort":30000}],"sessionAffinity":"None",
             "internalTrafficPolicy":"Cluster","externalTrafficPolicy":"Cluster","allocateLoadBalancerNodePorts":true,
             "ipFamilies":["IPv4"],"ipFamilyPolicy":"SingleStack","clusterIP":"10.96.0.1","clusterIPs":["10.96.0.1"]}
            """), service["spec"]), service["spec"]!.ToJsonString());
    }

    [Fact]
    public async Task Local_policy_takes_a_health_check_port_and_gives_it_back()
    {
        await using var cluster = await TestCluster.StartAsync();
        await CreateAsync(cluster, "web", """{"type":"LoadBalancer","externalTrafficPolicy":"Local","ports":[{"port":80}]}""");
        Assert.Equal(30001, cluster.Find("services", "web").Number("spec", "healthCheckNodePort"));
        var changed = await cluster.MergeAsync("services", "web", """{"spec":{"externalTrafficPolicy":"Cluster"}}""");
        Assert.Null(changed.At("spec", "healthCheckNodePort"));
        await CreateAsync(cluster, "again", """{"type":"NodePort","ports":[{"port":80,"nodePort":30001}]}""");
    }

    [Fact]
    public async Task Addresses_and_ports_run_out_and_come_back()
    {
        await using var cluster = await TestCluster.StartAsync();
        for (var i = 0; i < 4; i++)
            await CreateAsync(cluster, $"s{i}", """{"type":"NodePort","ports":[{"port":80}]}""");
        Assert.Contains("failed to allocate a nodePort", (await RefusedAsync(cluster, """{"type":"NodePort","ports":[{"port":80}]}""")).Message, StringComparison.Ordinal);
        // The refused one has not kept the address it had got.
        await CreateAsync(cluster, "s4", """{"ports":[{"port":80}]}""");
        await CreateAsync(cluster, "s5", """{"ports":[{"port":80}]}""");
        Assert.Contains("failed to allocate a serviceIP", (await RefusedAsync(cluster, """{"ports":[{"port":80}]}""")).Message, StringComparison.Ordinal);
        await cluster.DeleteAsync("services", "s0");
        await CreateAsync(cluster, "s6", """{"type":"NodePort","ports":[{"port":80}]}""");
    }

    [Fact]
    public async Task Changing_to_ClusterIP_drops_what_only_LoadBalancers_have()
    {
        await using var cluster = await TestCluster.StartAsync();
        await CreateAsync(cluster, "web", """{"type":"LoadBalancer","loadBalancerClass":"x/y","ports":[{"port":80}]}""");
        await cluster.MergeAsync("services", "web", """{"status":{"loadBalancer":{"ingress":[{"ip":"1.1.1.1"}]}}}""", "status");
        var changed = await cluster.MergeAsync("services", "web", """{"spec":{"type":"ClusterIP"}}""");
        Assert.Equal("10.96.0.1", changed.Text("spec", "clusterIP"));
        foreach (var member in new[] { "externalTrafficPolicy", "allocateLoadBalancerNodePorts", "loadBalancerClass" })
            Assert.Null(changed.At("spec", member));
        Assert.Null(changed.List("spec", "ports").First().At("nodePort"));
        Assert.Equal("{}", changed.At("status", "loadBalancer")!.ToJsonString());
    }

    [Fact]
    public async Task A_replace_that_leaves_out_what_was_allocated_keeps_it()
    {
        await using var cluster = await TestCluster.StartAsync();
        var before = await CreateAsync(cluster, "web", """{"type":"NodePort","ports":[{"port":80}]}""");
        var after = await cluster.ReplaceAsync("services", JsonNode.Parse(
            """{"metadata":{"name":"web","namespace":"default"},"spec":{"type":"NodePort","selector":{"a":"b"},"ports":[{"port":80}]}}""")!.AsObject());
        Assert.Equal(before.Text("spec", "clusterIP"), after.Text("spec", "clusterIP"));
        Assert.Equal(30000, after.List("spec", "ports").First().Number("nodePort"));
    }

    [Theory]
    [InlineData("PreferDualStack", "10.96.0.1,fd00::1")]
    [InlineData("RequireDualStack", "10.96.0.1,fd00::1")]
    [InlineData("SingleStack", "10.96.0.1")]
    public async Task A_dual_stack_cluster_gives_what_the_policy_asks(string policy, string addresses)
    {
        await using var cluster = await TestCluster.StartAsync(1000, "10.96.0.0/29", "fd00::/120");
        var service = await CreateAsync(cluster, "web", $$"""{"ipFamilyPolicy":"{{policy}}","ports":[{"port":80}]}""");
        Assert.Equal(addresses, string.Join(',', service.List("spec", "clusterIPs").Select(ip => ip.AsText())));
    }

    [Fact]
    public async Task A_Service_may_grow_a_second_family_and_lose_it_again()
    {
        await using var cluster = await TestCluster.StartAsync(1000, "10.96.0.0/29", "fd00::/120");
        await CreateAsync(cluster, "web", """{"ports":[{"port":80}]}""");
        var grown = await cluster.MergeAsync("services", "web", """{"spec":{"ipFamilyPolicy":"PreferDualStack"}}""");
        Assert.Equal("""["10.96.0.1","fd00::1"]""", grown.At("spec", "clusterIPs")!.ToJsonString());
        var shrunk = await cluster.MergeAsync("services", "web", """{"spec":{"ipFamilyPolicy":"SingleStack"}}""");
        Assert.Equal("""["10.96.0.1"]""", shrunk.At("spec", "clusterIPs")!.ToJsonString());
        Assert.Equal("""["IPv4"]""", shrunk.At("spec", "ipFamilies")!.ToJsonString());
    }

    [Fact]
    public async Task Headless_and_ExternalName_hold_no_address()
    {
        await using var cluster = await TestCluster.StartAsync();
        Assert.Equal("""["None"]""", (await CreateAsync(cluster, "headless", """{"clusterIP":"None","selector":{"a":"b"}}""")).At("spec", "clusterIPs")!.ToJsonString());
        Assert.Null((await CreateAsync(cluster, "external", """{"type":"ExternalName","externalName":"x.example"}""")).At("spec", "clusterIP"));
        Assert.Equal("10.96.0.1", (await CreateAsync(cluster, "first", """{"ports":[{"port":80}]}""")).Text("spec", "clusterIP"));
    }

    [Theory]
    [InlineData("""{}""", "spec.ports: Required value")]
    [InlineData("""{"ports":[{"port":0}]}""", "spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive")]
    [InlineData("""{"ports":[{"port":80,"name":"a"},{"port":80,"name":"b"}]}""", "spec.ports[1]: Duplicate value")]
    [InlineData("""{"ports":[{"port":80},{"port":81}]}""", "[spec.ports[0].name: Required value, spec.ports[1].name: Required value]")]
    [InlineData("""{"ports":[{"port":80,"name":"a"},{"port":81,"name":"a"}]}""", "spec.ports[1].name: Duplicate value: \"a\"")]
    [InlineData("""{"ports":[{"port":80,"nodePort":30001}]}""", "spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'")]
    [InlineData("""{"type":"NodePort","ports":[{"port":80,"nodePort":80}]}""",
        "spec.ports[0].nodePort: Invalid value: 80: provided port is not in the valid range. The range of valid ports is 30000-30003")]
    [InlineData("""{"type":"Frob","ports":[{"port":80}]}""",
        "spec.type: Unsupported value: \"Frob\": supported values: \"ClusterIP\", \"ExternalName\", \"LoadBalancer\", \"NodePort\"")]
    [InlineData("""{"externalTrafficPolicy":"Local","ports":[{"port":80}]}""",
        "spec.externalTrafficPolicy: Invalid value: \"Local\": may only be set for externally-accessible services")]
    [InlineData("""{"loadBalancerClass":"x","ports":[{"port":80}]}""", "spec.loadBalancerClass: Forbidden: may only be used when `type` is 'LoadBalancer'")]
    [InlineData("""{"type":"LoadBalancer","loadBalancerSourceRanges":["10.0.0.0/33"],"ports":[{"port":80}]}""", "spec.loadBalancerSourceRanges[0]: Invalid value")]
    [InlineData("""{"ipFamilyPolicy":"RequireDualStack","ports":[{"port":80}]}""", "this cluster is not configured for dual-stack services")]
    [InlineData("""{"clusterIP":"192.168.0.1","ports":[{"port":80}]}""", "failed to allocate IP 192.168.0.1: the provided IP is not in the valid range")]
    [InlineData("""{"type":"ExternalName"}""", "spec.externalName: Required value")]
    public async Task What_a_real_server_refuses_is_refused_in_its_words(string spec, string reason)
    {
        await using var cluster = await TestCluster.StartAsync();
        var refusal = await RefusedAsync(cluster, spec);
        Assert.Equal(422, refusal.Code);
        Assert.Contains(reason, refusal.Message, StringComparison.Ordinal);
        Assert.StartsWith("Service \"refused\" is invalid: ", refusal.Message, StringComparison.Ordinal);
        Assert.NotEmpty(refusal.ToStatus().List("details", "causes"));
    }

    [Fact]
    public async Task A_cluster_IP_never_changes_and_status_is_for_LoadBalancers()
    {
        await using var cluster = await TestCluster.StartAsync();
        await CreateAsync(cluster, "web", """{"ports":[{"port":80}]}""");
        var moved = await Assert.ThrowsAsync<ApiException>(() => cluster.MergeAsync("services", "web", """{"spec":{"clusterIP":"10.96.0.5","clusterIPs":["10.96.0.5"]}}"""));
        Assert.Contains("spec.clusterIPs[0]: Invalid value: []string{\"10.96.0.5\"}: may not change once set", moved.Message, StringComparison.Ordinal);
        var status = await Assert.ThrowsAsync<ApiException>(() => cluster.MergeAsync("services", "web", """{"status":{"loadBalancer":{"ingress":[{"ip":"1.1.1.1"}]}}}""", "status"));
        Assert.Contains("status.loadBalancer.ingress: Forbidden", status.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_must_be_a_DNS_label()
    {
        await using var cluster = await TestCluster.StartAsync();
        var refusal = await Assert.ThrowsAsync<ApiException>(() => CreateAsync(cluster, "1web", """{"ports":[{"port":80}]}"""));
        Assert.StartsWith("Service \"1web\" is invalid: metadata.name: Invalid value: \"1web\": a DNS-1035 label must", refusal.Message, StringComparison.Ordinal);
    }

    private static Task<JsonObject> CreateAsync(TestCluster cluster, string name, string spec) =>
        cluster.CreateAsync("services", $$"""{"metadata":{"name":"{{name}}"},"spec":{{spec}}}""");

    private static Task<ApiException> RefusedAsync(TestCluster cluster, string spec) =>
        Assert.ThrowsAsync<ApiException>(() => CreateAsync(cluster, "refused", spec));
}
