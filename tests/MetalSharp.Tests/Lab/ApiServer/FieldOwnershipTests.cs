using System.Text.Json.Nodes;
using MetalSharp.Lab.ApiServer;
using MetalSharp.Lab.ApiServer.Apply;
using MetalSharp.Lab.ApiServer.Http;
using MetalSharp.Lab.ApiServer.Patching;
using MetalSharp.Lab.ApiServer.Resources;

namespace MetalSharp.Tests.Lab.ApiServer;

public sealed class FieldOwnershipTests
{
    private const string Then = "2026-01-01T00:00:00Z";
    private const string Later = "2026-01-02T00:00:00Z";

    [Fact]
    public void A_field_an_applier_drops_goes_and_what_nobody_applied_stays()
    {
        var live = Apply([], "a", """{"data":{"keep":"1","drop":"2"}}""");
        live["data"]!["theirs"] = "3";
        var next = Apply(live, "a", """{"data":{"keep":"1"}}""");
        Assert.Equal("""{"keep":"1","theirs":"3"}""", next["data"]!.ToJsonString());
        Assert.Equal("""{"f:data":{"f:keep":{}}}""", OwnedBy(next, "a"));
    }

    [Fact]
    public void A_field_two_appliers_share_stays_until_both_drop_it()
    {
        var live = Apply(Apply([], "a", """{"data":{"x":"1"}}"""), "b", """{"data":{"x":"1","y":"2"}}""");
        live = Apply(live, "a", """{"data":{}}""");
        Assert.Equal("1", live.Text("data", "x"));
        live = Apply(live, "b", """{"data":{"y":"2"}}""");
        Assert.Equal("""{"y":"2"}""", live["data"]!.ToJsonString());
    }

    [Fact]
    public void Changing_what_another_owns_is_a_conflict_that_names_owner_and_field()
    {
        var live = Apply([], "a", """{"data":{"x":"1","y":"1"}}""");
        var refusal = Assert.Throws<ApiException>(() => Apply(live, "b", """{"data":{"x":"2"}}"""));
        Assert.Equal(409, refusal.Code);
        Assert.Equal("Apply failed with 1 conflict: conflict with \"a\": .data.x", refusal.Message);
        var cause = Assert.Single(refusal.ToStatus().List("details", "causes"));
        Assert.Equal(("FieldManagerConflict", "conflict with \"a\"", ".data.x"), (cause.Text("reason"), cause.Text("message"), cause.Text("field")));
        var both = Assert.Throws<ApiException>(() => Apply(live, "b", """{"data":{"x":"2","y":"2"}}"""));
        Assert.Equal("Apply failed with 2 conflicts: conflicts with \"a\":\n- .data.x\n- .data.y", both.Message);
    }

    [Fact]
    public void Force_takes_the_field_over()
    {
        var live = Apply([], "a", """{"data":{"x":"1","y":"1"}}""");
        var next = Apply(live, "b", """{"data":{"x":"2"}}""", isForced: true);
        Assert.Equal("2", next.Text("data", "x"));
        Assert.Equal("""{"f:data":{"f:y":{}}}""", OwnedBy(next, "a"));
        Assert.Equal("""{"f:data":{"f:x":{}}}""", OwnedBy(next, "b"));
    }

    [Fact]
    public void An_update_takes_what_it_changes_and_an_applier_then_conflicts_with_it()
    {
        var live = Apply([], "a", """{"data":{"x":"1"}}""");
        var next = (JsonObject)live.DeepClone();
        next["data"]!["x"] = "9";
        Update(live, next, "kubectl-edit");
        Assert.Null(OwnedBy(next, "a"));
        Assert.Equal("""{"f:data":{"f:x":{}}}""", OwnedBy(next, "kubectl-edit"));
        var refusal = Assert.Throws<ApiException>(() => Apply(next, "a", """{"data":{"x":"1"}}"""));
        Assert.Equal($"Apply failed with 1 conflict: conflict with \"kubectl-edit\" using v1 at {Later}: .data.x", refusal.Message);
    }

    [Fact]
    public void Applying_the_same_again_changes_nothing_not_even_the_time()
    {
        var live = Apply([], "a", """{"spec":{"ports":[{"port":80}],"selector":{"app":"web"}}}""");
        var next = FieldOwnership.Apply(
            live, JsonNode.Parse("""{"spec":{"ports":[{"port":80}],"selector":{"app":"web"}}}""")!.AsObject(), Applier("a"), false, BuiltInSchemas.Service, Later);
        Assert.Equal(live.ToJsonString(), next.ToJsonString());
    }

    [Fact]
    public void List_items_are_owned_by_their_keys_with_defaults_filled_in()
    {
        var live = Apply([], "a", """{"spec":{"ports":[{"port":80,"name":"x"}]}}""");
        Assert.Equal(
            """{"f:spec":{"f:ports":{"k:{\"port\":80,\"protocol\":\"TCP\"}":{".":{},"f:name":{},"f:port":{}}}}}""",
            Unescaped(OwnedBy(live, "a")!));
        live = Apply(live, "b", """{"spec":{"ports":[{"port":80,"protocol":"UDP","name":"y"}]}}""");
        Assert.Equal(2, live["spec"]!["ports"]!.AsArray().Count);
        live = Apply(live, "a", """{"spec":{}}""");
        Assert.Equal("""[{"port":80,"protocol":"UDP","name":"y"}]""", live["spec"]!["ports"]!.ToJsonString());
    }

    [Fact]
    public void An_atomic_value_is_owned_and_replaced_as_a_whole()
    {
        var live = Apply([], "a", """{"spec":{"selector":{"app":"web","tier":"x"}}}""");
        Assert.Equal("""{"f:spec":{"f:selector":{}}}""", OwnedBy(live, "a"));
        live = Apply(live, "a", """{"spec":{"selector":{"app":"api"}}}""");
        Assert.Equal("""{"app":"api"}""", live["spec"]!["selector"]!.ToJsonString());
    }

    [Fact]
    public void Values_of_a_set_are_owned_one_by_one()
    {
        var live = Apply(Apply([], "a", """{"metadata":{"finalizers":["one"]}}"""), "b", """{"metadata":{"finalizers":["two"]}}""");
        Assert.Equal("""["one","two"]""", live["metadata"]!["finalizers"]!.ToJsonString());
        live = Apply(live, "a", """{}""");
        Assert.Equal("""["two"]""", live["metadata"]!["finalizers"]!.ToJsonString());
        Assert.Equal("""{"f:metadata":{"f:finalizers":{"v:\"two\"":{}}}}""", Unescaped(OwnedBy(live, "b")!));
    }

    [Fact]
    public void Removed_fields_leave_everybodys_sets()
    {
        var live = Apply([], "a", """{"data":{"x":"1","y":"1"}}""");
        var next = (JsonObject)live.DeepClone();
        next["data"]!.AsObject().Remove("x");
        Update(live, next, "editor");
        Assert.Equal("""{"f:data":{"f:y":{}}}""", OwnedBy(next, "a"));
    }

    [Fact]
    public void Nobody_owns_what_identifies_the_object()
    {
        var live = Apply([], "a", """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"x","namespace":"y","labels":{"l":"1"}},"data":{"k":"v"}}""");
        Assert.Equal("""{"f:data":{"f:k":{}},"f:metadata":{"f:labels":{"f:l":{}}}}""", OwnedBy(live, "a"));
    }

    [Fact]
    public void A_custom_schema_says_which_lists_merge()
    {
        var definition = JsonNode.Parse("""
            {"spec":{"group":"g.io","scope":"Namespaced","names":{"plural":"things","kind":"Thing"},"versions":[{"name":"v1","served":true,"storage":true,
             "schema":{"openAPIV3Schema":{"type":"object","properties":{"spec":{"type":"object","properties":{
               "byName":{"type":"array","x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["name"],"items":{"type":"object"}},
               "whole":{"type":"array","items":{"type":"object"}}}}}}}}]}}
            """)!.AsObject();
        var schema = CustomResources.Of(definition)[0].Schema;
        var live = Apply([], "a", """{"spec":{"byName":[{"name":"x"}],"whole":[{"name":"x"}]}}""", schema: schema);
        live = Apply(live, "b", """{"spec":{"byName":[{"name":"y"}]}}""", schema: schema);
        Assert.Equal("""[{"name":"x"},{"name":"y"}]""", live["spec"]!["byName"]!.ToJsonString());
        Assert.Throws<ApiException>(() => Apply(live, "b", """{"spec":{"whole":[{"name":"y"}]}}""", schema: schema));
    }

    private static string Unescaped(string json) => json.Replace("\\u0022", "\\\"", StringComparison.Ordinal);

    private static FieldManager Applier(string name) => new(name, FieldManager.ApplyOperation, "v1", "");

    private static JsonObject Apply(JsonObject live, string configuration, string json, bool isForced = false, MergeSchema? schema = null) =>
        FieldOwnership.Apply(live, JsonNode.Parse(json)!.AsObject(), Applier(configuration), isForced, schema ?? BuiltInSchemas.Service, Then);

    private static void Update(JsonObject live, JsonObject next, string manager) =>
        FieldOwnership.RecordUpdate(live, next, new FieldManager(manager, FieldManager.UpdateOperation, "v1", ""), BuiltInSchemas.Service, Later);

    private static string? OwnedBy(JsonObject live, string manager) => live.Meta().List("managedFields")
        .FirstOrDefault(entry => entry.Text("manager") == manager).At("fieldsV1")?.ToJsonString();
}
