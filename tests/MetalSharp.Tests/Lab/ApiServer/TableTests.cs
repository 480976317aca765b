using System.Text.Json.Nodes;
using MetalSharp.Lab.ApiServer.Tables;

namespace MetalSharp.Tests.Lab.ApiServer;

public sealed class TableTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(0, "0s")]
    [InlineData(119, "119s")]
    [InlineData(120, "2m")]
    [InlineData(125, "2m5s")]
    [InlineData(599, "9m59s")]
    [InlineData(600, "10m")]
    [InlineData(10_799, "179m")]
    [InlineData(10_800, "3h")]
    [InlineData(11_400, "3h10m")]
    [InlineData(28_800, "8h")]
    [InlineData(172_799, "47h")]
    [InlineData(172_800, "2d")]
    [InlineData(180_000, "2d2h")]
    [InlineData(691_200, "8d")]
    [InlineData(63_072_000, "2y")]
    [InlineData(64_000_000, "2y10d")]
    [InlineData(-5, "<invalid>")]
    public void Ages_read_as_in_kubectl(int seconds, string text) => Assert.Equal(text, HumanDuration.Format(TimeSpan.FromSeconds(seconds)));

    [Theory]
    [InlineData("""{"spec":{"type":"ClusterIP","clusterIP":"10.0.0.1","ports":[{"port":80,"protocol":"TCP"}]}}""", "ClusterIP|10.0.0.1|<none>|80/TCP")]
    [InlineData("""{"spec":{"type":"LoadBalancer","clusterIP":"10.0.0.1","ports":[{"port":80,"nodePort":30001,"protocol":"TCP"},{"port":53,"protocol":"UDP"}]}}""",
        "LoadBalancer|10.0.0.1|<pending>|80:30001/TCP,53/UDP")]
    [InlineData("""{"spec":{"type":"LoadBalancer","clusterIP":"10.0.0.1","externalIPs":["1.1.1.1"]},"status":{"loadBalancer":{"ingress":[{"ip":"9.9.9.9"},{"hostname":"h"}]}}}""",
        "LoadBalancer|10.0.0.1|9.9.9.9,h,1.1.1.1|<none>")]
    [InlineData("""{"spec":{"type":"ExternalName","externalName":"x.example"}}""", "ExternalName|<none>|x.example|<none>")]
    [InlineData("""{"spec":{"type":"ClusterIP","clusterIP":"None","externalIPs":["1.1.1.1"]}}""", "ClusterIP|None|1.1.1.1|<none>")]
    public void A_Service_shows_the_columns_people_know(string json, string expected)
    {
        var service = Parse(json);
        var shown = BuiltInColumns.Service.Where(column => column.Name is not ("Name" or "Age") && column.Priority == 0)
            .Select(column => column.Cell(service, Now).AsTextOrEmpty());
        Assert.Equal(expected, string.Join('|', shown));
    }

    [Fact]
    public void The_wide_column_of_a_Service_is_its_selector()
    {
        var wide = Assert.Single(BuiltInColumns.Service, column => column.Priority == 1);
        Assert.Equal("Selector", wide.Name);
        Assert.Equal("app=web,tier=x", wide.Cell(Parse("""{"spec":{"selector":{"tier":"x","app":"web"}}}"""), Now).AsTextOrEmpty());
    }

    [Theory]
    [InlineData(".spec.name", "web")]
    [InlineData("{.spec.name}", "web")]
    [InlineData("$.spec.name", "web")]
    [InlineData(".spec['name']", "web")]
    [InlineData(".spec.list[*].a", "1,2")]
    [InlineData(".spec.list[0].a", "1")]
    [InlineData(".spec.list[-1].a", "2")]
    [InlineData(".spec.list[7].a", "")]
    [InlineData(".spec.list[?(@.a==2)].b", "two")]
    [InlineData(".status.conditions[?(@.type==\"Ready\")].status", "True")]
    [InlineData(@".metadata.annotations.example\.io/x", "y")]
    [InlineData(".spec.absent.deeper", "")]
    [InlineData(".spec.map.*", "m,n")]
    public void Printer_columns_find_their_value(string path, string expected)
    {
        var json = Parse("""
            {"metadata":{"annotations":{"example.io/x":"y"}},"spec":{"name":"web","list":[{"a":1,"b":"one"},{"a":2,"b":"two"}],"map":{"x":"m","y":"n"}},
             "status":{"conditions":[{"type":"Other","status":"False"},{"type":"Ready","status":"True"}]}}
            """);
        Assert.Equal(expected, string.Join(',', JsonPath.Parse(path).Select(json).Select(node => node!.ToString())));
    }

    [Fact]
    public void An_event_was_last_seen_when_its_series_was()
    {
        var column = BuiltInColumns.Event[0];
        Assert.Equal("2m", column.Cell(Parse("""{"lastTimestamp":"2026-11-20T11:58:00Z"}"""), Now).AsTextOrEmpty());
        Assert.Equal("10s", column.Cell(Parse("""{"eventTime":"2026-11-20T11:00:00.000000Z","series":{"count":2,"lastObservedTime":"2026-11-20T11:59:50.000000Z"}}"""), Now).AsTextOrEmpty());
    }

    private static JsonObject Parse(string json) => JsonNode.Parse(json)!.AsObject();
}

internal static class CellText
{
    public static string AsTextOrEmpty(this JsonNode? cell) => cell?.ToString() ?? "";
}
