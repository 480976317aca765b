using System.Text.Json.Nodes;
using MetalSharp.Lab.ApiServer.Http;
using MetalSharp.Lab.ApiServer.Resources;
using MetalSharp.Lab.ApiServer.Selectors;
using MetalSharp.Lab.ApiServer.Storage;

namespace MetalSharp.Tests.Lab.ApiServer;

public sealed class SelectorTests
{
    private static readonly Dictionary<string, string> Labels = new() { ["app"] = "web", ["tier"] = "front", ["n"] = "5", ["example.io/x"] = "" };

    [Theory]
    [InlineData("", true)]
    [InlineData("app=web", true)]
    [InlineData("app==web,tier=front", true)]
    [InlineData("app=api", false)]
    [InlineData("app!=api", true)]
    [InlineData("absent!=api", true)]
    [InlineData("app in (api, web)", true)]
    [InlineData("app notin (api,web)", false)]
    [InlineData("absent notin (x)", true)]
    [InlineData("absent in (x)", false)]
    [InlineData("app", true)]
    [InlineData("!app", false)]
    [InlineData("!absent,app", true)]
    [InlineData("example.io/x=", true)]
    [InlineData("n>4", true)]
    [InlineData("n<4", false)]
    [InlineData("app>1", false)]
    public void A_label_selector_matches_as_kubectl_users_expect(string selector, bool matches) =>
        Assert.Equal(matches, LabelSelector.Parse(selector).Matches(Labels));

    [Theory]
    [InlineData("a,,b")]
    [InlineData("app in web")]
    [InlineData("app in (web")]
    [InlineData("a b")]
    [InlineData("a=b c")]
    public void A_label_selector_that_makes_no_sense_is_a_bad_request(string selector) =>
        Assert.Equal(400, Assert.Throws<ApiException>(() => LabelSelector.Parse(selector)).Code);

    [Theory]
    [InlineData("metadata.name=p", true)]
    [InlineData("metadata.name==p,metadata.namespace=ns", true)]
    [InlineData("metadata.namespace!=ns", false)]
    [InlineData("spec.nodeName=n1,status.phase!=Pending", true)]
    [InlineData("spec.nodeName=", false)]
    [InlineData("spec.schedulerName=", true)]
    public void A_field_selector_reads_the_stored_object(string selector, bool matches)
    {
        var pods = Pods();
        var stored = StoredObject.Create(pods.Type, JsonNode.Parse(
            """{"metadata":{"name":"p","namespace":"ns"},"spec":{"nodeName":"n1"},"status":{"phase":"Running"}}""")!.AsObject(), 7);
        Assert.Equal(matches, FieldSelector.Parse(selector, pods).Matches(stored));
    }

    [Fact]
    public void A_field_nobody_may_select_by_is_named_in_the_refusal()
    {
        var refusal = Assert.Throws<ApiException>(() => FieldSelector.Parse("spec.image=x", Pods()));
        Assert.Equal("field label not supported: spec.image", refusal.Message);
    }

    private static ServedResource Pods() => TestCluster.Resource("pods");
}
