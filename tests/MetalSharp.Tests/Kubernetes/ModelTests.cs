using System.Text.Json;
using System.Text.Json.Nodes;
using MetalSharp.Kubernetes;
using MetalSharp.Kubernetes.Models;

namespace MetalSharp.Tests.Kubernetes;

public sealed class ModelTests
{
    private const string FullService = """
        {
          "apiVersion": "v1", "kind": "Service",
          "metadata": {
            "name": "shop", "namespace": "web", "uid": "6b1f0f7e-9a54-4a3c-8f0e-0c1de5b7a9c2", "resourceVersion": "48213", "generation": 3,
            "creationTimestamp": "2026-11-20T07:58:31Z", "deletionTimestamp": "2026-11-20T08:01:00Z", "deletionGracePeriodSeconds": 0,
            "labels": {"app": "shop"}, "annotations": {"metallb.io/address-pool": "lab", "empty": ""},
            "finalizers": ["service.kubernetes.io/load-balancer-cleanup"],
            "ownerReferences": [{"apiVersion": "apps/v1", "kind": "Deployment", "name": "shop", "uid": "u-2", "controller": true, "blockOwnerDeletion": false}],
            "managedFields": [{"manager": "kubectl", "operation": "Update", "fieldsV1": {"f:spec": {}}}]
          },
          "spec": {
            "type": "LoadBalancer", "clusterIP": "10.96.12.7", "clusterIPs": ["10.96.12.7", "fd00:10:96::c07"],
            "loadBalancerIP": "192.0.2.10", "loadBalancerClass": "example.io/lb", "loadBalancerSourceRanges": ["198.51.100.0/24"],
            "allocateLoadBalancerNodePorts": false, "externalIPs": ["203.0.113.4"],
            "ipFamilies": ["IPv4", "IPv6"], "ipFamilyPolicy": "PreferDualStack",
            "externalTrafficPolicy": "Local", "internalTrafficPolicy": "Cluster", "healthCheckNodePort": 31999,
            "publishNotReadyAddresses": true, "sessionAffinity": "ClientIP", "sessionAffinityConfig": {"clientIP": {"timeoutSeconds": 10800}},
            "trafficDistribution": "PreferClose", "selector": {"app": "shop"},
            "ports": [
              {"name": "http", "protocol": "TCP", "appProtocol": "http", "port": 80, "targetPort": 8080, "nodePort": 30080},
              {"name": "dns", "protocol": "UDP", "port": 53, "targetPort": "dns-udp"}
            ]
          },
          "status": {
            "loadBalancer": {"ingress": [{"ip": "192.0.2.10", "ipMode": "VIP", "ports": [{"port": 80, "protocol": "TCP"}]}, {"hostname": "shop.example"}]},
            "conditions": [{"type": "example.io/Allocated", "status": "True", "observedGeneration": 3, "lastTransitionTime": "2026-11-20T07:58:32Z", "reason": "Allocated", "message": "from pool lab"}]
          }
        }
        """;

    [Fact]
    public void A_full_Service_keeps_every_field_that_is_read()
    {
        var expected = JsonNode.Parse(FullService)!;
        expected["metadata"]!.AsObject().Remove("managedFields");
        expected["metadata"]!.AsObject().Remove("deletionGracePeriodSeconds");
        expected["spec"]!.AsObject().Remove("sessionAffinityConfig");
        expected["spec"]!.AsObject().Remove("trafficDistribution");
        expected["status"]!["loadBalancer"]!["ingress"]![0]!.AsObject().Remove("ports");
        var written = JsonSerializer.SerializeToNode(Read(FullService), ResourceKinds.Services.ObjectType);
        Assert.True(JsonNode.DeepEquals(expected, written), written!.ToJsonString());
    }

    [Fact]
    public void Its_fields_are_where_their_names_say()
    {
        var service = Read(FullService);
        Assert.Equal(new ObjectName("web", "shop"), ObjectName.Of(service));
        Assert.Equal(new(2026, 11, 20, 7, 58, 31, TimeSpan.Zero), service.Metadata.CreationTimestamp);
        Assert.Equal([8080, "dns-udp"], service.Spec!.Ports!.Select(port => port.TargetPort!.Value));
        Assert.Equal("192.0.2.10", service.Status!.LoadBalancer!.Ingress![0].Ip);
        Assert.Equal(["10.96.12.7", "fd00:10:96::c07"], service.Spec.ClusterIPs!);
    }

    [Fact]
    public void What_is_absent_or_null_is_null_or_empty_and_is_not_written()
    {
        var bare = Read("""{"metadata":null,"spec":{"type":null,"ports":[{"port":80}]},"status":{}}""");
        Assert.Null(bare.Metadata.Name);
        Assert.Null(bare.Spec!.Type);
        Assert.Equal(
            """{"metadata":{},"spec":{"ports":[{"port":80}]},"status":{}}""",
            JsonSerializer.Serialize(bare, ResourceKinds.Services.ObjectType));
        Assert.Empty(JsonSerializer.Deserialize("""{"items":null}""", ResourceKinds.Services.ListType)!.Items);
        Assert.Empty(JsonSerializer.Deserialize("""{"endpoints":[{"addresses":null}]}""", ResourceKinds.EndpointSlices.ObjectType)!.Endpoints[0].Addresses);
    }

    [Theory]
    [InlineData("2026-11-20T08:00:00Z", "2026-11-20T08:00:00.000000Z")]
    [InlineData("2026-11-20T08:00:00.123456Z", "2026-11-20T08:00:00.123456Z")]
    [InlineData("2026-11-20T08:00:00.1234567Z", "2026-11-20T08:00:00.123456Z")]
    [InlineData("2026-11-20T10:00:00.5+02:00", "2026-11-20T08:00:00.500000Z")]
    public void Micro_times_are_written_with_six_decimals(string read, string written)
    {
        var lease = JsonSerializer.Deserialize($$"""{"spec":{"renewTime":"{{read}}"} }""", ResourceKinds.Leases.ObjectType)!;
        Assert.Equal($$"""{"metadata":{},"spec":{"renewTime":"{{written}}"} }""".Replace(" ", ""), JsonSerializer.Serialize(lease, ResourceKinds.Leases.ObjectType));
    }

    [Fact]
    public void Secrets_are_bytes_and_are_shown_nowhere()
    {
        var secret = JsonSerializer.Deserialize("""{"metadata":{"namespace":"a","name":"b"},"data":{"key":"aHVudGVyMg=="}}""", ResourceKinds.Secrets.ObjectType)!;
        Assert.Equal("hunter2"u8.ToArray(), secret.Data!["key"]);
        Assert.Equal("Secret a/b", secret.ToString());
    }

    [Theory]
    [InlineData("services", null, null, null, "/api/v1/services")]
    [InlineData("services", "a", null, null, "/api/v1/namespaces/a/services")]
    [InlineData("services", "a", "b", "status", "/api/v1/namespaces/a/services/b/status")]
    [InlineData("leases", "a", "b c", null, "/apis/coordination.k8s.io/v1/namespaces/a/leases/b%20c")]
    [InlineData("nodes", null, "n", null, "/api/v1/nodes/n")]
    public void Objects_are_at_the_path_of_their_kind(string plural, string? @namespace, string? name, string? subresource, string path)
    {
        ResourceKind[] kinds = [ResourceKinds.Services, ResourceKinds.Leases, ResourceKinds.Nodes];
        Assert.Equal(path, kinds.Single(kind => kind.Plural == plural).Path(@namespace, name, subresource));
    }

    [Fact]
    public void A_path_that_no_object_can_have_is_refused()
    {
        Assert.Throws<ArgumentException>(() => ResourceKinds.Nodes.Path("a", "n"));
        Assert.Throws<ArgumentException>(() => ResourceKinds.Services.Path(null, "s"));
    }

    private static V1Service Read(string json) => JsonSerializer.Deserialize(json, ResourceKinds.Services.ObjectType)!;
}
