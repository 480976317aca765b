using System.Text.Json.Nodes;
using MetalSharp.Lab.ApiServer.Storage;
using MetalSharp.Lab.ApiServer.Tables;

namespace MetalSharp.Lab.ApiServer.Http;

/// <summary>A workload seen as an autoscaling/v1 Scale: only how many replicas there are and shall be.</summary>
internal static class ScaleView
{
    public static JsonObject Of(StoredObject workload) => Of(workload.Parse());

    public static JsonObject Of(JsonObject workload)
    {
        var meta = new JsonObject();
        foreach (var member in new[] { "name", "namespace", "uid", "resourceVersion", "creationTimestamp" })
        {
            if (workload.Meta()[member] is { } value)
                meta[member] = value.DeepClone();
        }
        return new JsonObject
        {
            ["kind"] = "Scale",
            ["apiVersion"] = "autoscaling/v1",
            ["metadata"] = meta,
            ["spec"] = new JsonObject { ["replicas"] = workload.Number("spec", "replicas") ?? 0 },
            ["status"] = new JsonObject
            {
                ["replicas"] = workload.Number("status", "replicas") ?? 0,
                ["selector"] = BuiltInColumns.Labels(workload.At("spec", "selector", "matchLabels")),
            },
        };
    }

    public static JsonObject Set(JsonObject workload, JsonObject scale)
    {
        if (scale.Meta().Text("resourceVersion") is { } version)
            workload.Meta()["resourceVersion"] = version;
        workload.Section("spec")["replicas"] = scale.Number("spec", "replicas") ?? 0;
        return workload;
    }
}
