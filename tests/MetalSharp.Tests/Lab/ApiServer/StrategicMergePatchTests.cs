using System.Text.Json.Nodes;
using MetalSharp.Lab.ApiServer.Patching;
using MetalSharp.Lab.ApiServer.Resources;

namespace MetalSharp.Tests.Lab.ApiServer;

public sealed class StrategicMergePatchTests
{
    private const string TwoPorts = """{"spec":{"ports":[{"name":"a","port":80,"targetPort":8080},{"name":"b","port":443}]}}""";

    [Theory]
    // Items are found by their key, changed in place or added at the end.
    [InlineData(TwoPorts, """{"spec":{"ports":[{"port":443,"name":"tls"}]}}""",
        """{"spec":{"ports":[{"name":"a","port":80,"targetPort":8080},{"name":"tls","port":443}]}}""")]
    [InlineData(TwoPorts, """{"spec":{"ports":[{"port":53}]}}""",
        """{"spec":{"ports":[{"name":"a","port":80,"targetPort":8080},{"name":"b","port":443},{"port":53}]}}""")]
    [InlineData(TwoPorts, """{"spec":{"ports":[{"port":80,"$patch":"delete"}]}}""", """{"spec":{"ports":[{"name":"b","port":443}]}}""")]
    [InlineData(TwoPorts, """{"spec":{"ports":[{"$patch":"replace"},{"port":1}]}}""", """{"spec":{"ports":[{"port":1}]}}""")]
    [InlineData(TwoPorts, """{"spec":{"ports":[{"port":80,"targetPort":null}]}}""",
        """{"spec":{"ports":[{"name":"a","port":80},{"name":"b","port":443}]}}""")]
    [InlineData(TwoPorts, """{"spec":{"$setElementOrder/ports":[{"port":443},{"port":80}]}}""",
        """{"spec":{"ports":[{"name":"b","port":443},{"name":"a","port":80,"targetPort":8080}]}}""")]
    // What another client added keeps its place behind the items that are named.
    [InlineData(TwoPorts, """{"spec":{"$setElementOrder/ports":[{"port":9},{"port":80}],"ports":[{"port":9}]}}""",
        """{"spec":{"ports":[{"name":"b","port":443},{"port":9},{"name":"a","port":80,"targetPort":8080}]}}""")]
    // Lists without a merge key are replaced.
    [InlineData("""{"spec":{"loadBalancerSourceRanges":["a","b"]}}""", """{"spec":{"loadBalancerSourceRanges":["c"]}}""",
        """{"spec":{"loadBalancerSourceRanges":["c"]}}""")]
    [InlineData("""{"metadata":{"finalizers":["x","y"]}}""", """{"metadata":{"finalizers":["z","x"]}}""", """{"metadata":{"finalizers":["x","y","z"]}}""")]
    [InlineData("""{"metadata":{"finalizers":["x","y"]}}""", """{"metadata":{"$deleteFromPrimitiveList/finalizers":["x"]}}""", """{"metadata":{"finalizers":["y"]}}""")]
    [InlineData("""{"spec":{"selector":{"a":"1","b":"2"}}}""", """{"spec":{"selector":{"$patch":"replace","c":"3"}}}""", """{"spec":{"selector":{"c":"3"}}}""")]
    [InlineData("""{"spec":{"selector":{"a":"1"},"type":"x"}}""", """{"spec":{"selector":{"$patch":"delete"}}}""", """{"spec":{"type":"x"}}""")]
    [InlineData("""{"spec":{"a":1,"b":2}}""", """{"spec":{"$retainKeys":["b","c"],"c":3}}""", """{"spec":{"b":2,"c":3}}""")]
    [InlineData("""{"metadata":{"labels":{"a":"1"}}}""", """{"metadata":{"labels":{"a":null,"b":"2"}}}""", """{"metadata":{"labels":{"b":"2"}}}""")]
    // Directives never end up in the object, also where there was nothing before.
    [InlineData("""{}""", """{"spec":{"$setElementOrder/ports":[{"port":80}],"ports":[{"port":80},{"port":81,"$patch":"delete"}]}}""",
        """{"spec":{"ports":[{"port":80}]}}""")]
    public void A_patch_of_a_Service_merges_by_the_keys_of_its_lists(string document, string patch, string expected)
    {
        var result = StrategicMergePatch.Apply(JsonNode.Parse(document)!.AsObject(), JsonNode.Parse(patch)!.AsObject(), BuiltInSchemas.Service);
        Assert.Equal(expected, result.ToJsonString());
    }

    [Fact]
    public void Containers_and_what_is_in_them_merge_by_name()
    {
        var pod = JsonNode.Parse("""{"spec":{"template":{"spec":{"containers":[{"name":"a","image":"1","env":[{"name":"X","value":"1"}]},{"name":"b"}]}}}}""")!.AsObject();
        var patch = JsonNode.Parse("""{"spec":{"template":{"spec":{"containers":[{"name":"a","image":"2","env":[{"name":"Y","value":"2"}]}]}}}}""")!.AsObject();
        Assert.Equal(
            """{"spec":{"template":{"spec":{"containers":[{"name":"a","image":"2","env":[{"name":"X","value":"1"},{"name":"Y","value":"2"}]},{"name":"b"}]}}}}""",
            StrategicMergePatch.Apply(pod, patch, BuiltInSchemas.Workload).ToJsonString());
    }

    [Theory]
    [InlineData("""{"spec":{"ports":[{"name":"no key"}]}}""", "does not contain declared merge key: port")]
    [InlineData("""{"spec":{"$patch":"frob"}}""", "unknown patch type: frob")]
    public void A_patch_that_cant_be_meant_is_refused(string patch, string reason)
    {
        var refusal = Assert.Throws<PatchException>(() =>
            StrategicMergePatch.Apply(JsonNode.Parse(TwoPorts)!.AsObject(), JsonNode.Parse(patch)!.AsObject(), BuiltInSchemas.Service));
        Assert.Contains(reason, refusal.Message, StringComparison.Ordinal);
    }
}
