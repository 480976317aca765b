using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace MetalSharp.Lab.ApiServer.Tables;

/// <summary>The parts of a meta.k8s.io/v1 Table, which is how kubectl knows what to print.</summary>
internal static class Table
{
    public static JsonArray Definitions(ImmutableArray<Column> columns) => new([.. columns.Select(column => new JsonObject
    {
        ["name"] = column.Name,
        ["type"] = column.Type,
        ["format"] = column.Format,
        ["description"] = column.Description,
        ["priority"] = column.Priority,
    })]);

    public static JsonArray Cells(ImmutableArray<Column> columns, JsonObject content, DateTimeOffset now) =>
        new([.. columns.Select(column => column.Cell(content, now))]);
}
