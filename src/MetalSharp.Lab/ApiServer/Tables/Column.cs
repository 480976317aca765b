using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace MetalSharp.Lab.ApiServer.Tables;

/// <summary>One column of a server-side table. Priority 0 is always shown, higher ones with <c>-o wide</c>.</summary>
internal sealed record Column(string Name, Func<JsonObject, DateTimeOffset, JsonNode?> Cell)
{
    public static readonly Column ObjectName = new("Name", (item, _) => item.Meta().Text("name")) { Format = "name" };

    public static readonly Column Age = new("Age", (item, now) => HumanDuration.Since(item.Meta()["creationTimestamp"], now));

    public static readonly ImmutableArray<Column> NameAndAge = [ObjectName, Age];

    public string Type { get; init; } = "string";

    public string Format { get; init; } = "";

    public string Description { get; init; } = "";

    public int Priority { get; init; }

    public static Column Wide(string name, Func<JsonObject, JsonNode?> cell) => new(name, (item, _) => cell(item)) { Priority = 1 };

    public static Column Of(string name, Func<JsonObject, JsonNode?> cell) => new(name, (item, _) => cell(item));

    public static Column Number(string name, Func<JsonObject, JsonNode?> cell) => new(name, (item, _) => cell(item)) { Type = "integer" };
}
