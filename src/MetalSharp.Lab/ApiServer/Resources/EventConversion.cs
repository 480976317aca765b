using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace MetalSharp.Lab.ApiServer.Resources;

/// <summary>Events are stored as core/v1; events.k8s.io/v1 names some of the same members differently.</summary>
internal static class EventConversion
{
    private static readonly (string Core, string Events)[] Members =
    [
        ("involvedObject", "regarding"), ("message", "note"), ("reportingComponent", "reportingController"),
        ("source", "deprecatedSource"), ("firstTimestamp", "deprecatedFirstTimestamp"),
        ("lastTimestamp", "deprecatedLastTimestamp"), ("count", "deprecatedCount"),
    ];

    private static readonly string[] ReferenceMembers = ["kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath"];

    public static readonly ObjectConversion EventsV1 = new(
        json => Rename(json, "v1", Members.Select(pair => (pair.Events, pair.Core))),
        json => Rename(json, "events.k8s.io/v1", Members));

    public static readonly ImmutableArray<SelectableField> SelectableFields =
    [
        .. ReferenceMembers.Select(member => new SelectableField($"involvedObject.{member}", $"involvedObject.{member}")),
        .. ReferenceMembers.Select(member => new SelectableField($"regarding.{member}", $"involvedObject.{member}")),
        "reason", "type", "reportingComponent", new("reportingController", "reportingComponent"), new("source", "source.component"),
    ];

    private static void Rename(JsonObject json, string apiVersion, IEnumerable<(string From, string To)> names)
    {
        json["apiVersion"] = apiVersion;
        foreach (var (from, to) in names)
        {
            if (!json.Remove(from, out var value))
                continue;
            json[to] = value;
        }
    }
}
