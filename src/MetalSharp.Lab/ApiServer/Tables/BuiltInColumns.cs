using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;
using static MetalSharp.Lab.ApiServer.Tables.Column;

namespace MetalSharp.Lab.ApiServer.Tables;

/// <summary>The columns of the built-in kinds, as kubectl users know them.</summary>
internal static class BuiltInColumns
{
    private const string None = "<none>";

    public static readonly ImmutableArray<Column> Namespace = [ObjectName, Of("Status", item => item.Text("status", "phase")), Age];

    public static readonly ImmutableArray<Column> Service =
    [
        ObjectName,
        Of("Type", item => item.Text("spec", "type")),
        Of("Cluster-IP", item => item.Text("spec", "clusterIP") is { Length: > 0 } ip ? ip : None),
        Of("External-IP", ServiceCells.ExternalIp),
        Of("Port(s)", ServiceCells.Ports),
        Age,
        Wide("Selector", item => Labels(item.At("spec", "selector"))),
    ];

    public static readonly ImmutableArray<Column> ConfigMap =
        [ObjectName, Number("Data", item => Count(item["data"]) + Count(item["binaryData"])), Age];

    public static readonly ImmutableArray<Column> Secret =
        [ObjectName, Of("Type", item => item.Text("type")), Number("Data", item => Count(item["data"])), Age];

    public static readonly ImmutableArray<Column> ServiceAccount = [ObjectName, Number("Secrets", item => Count(item["secrets"])), Age];

    public static readonly ImmutableArray<Column> Node =
    [
        ObjectName,
        Of("Status", NodeCells.Status),
        Of("Roles", NodeCells.Roles),
        Age,
        Of("Version", item => item.Text("status", "nodeInfo", "kubeletVersion") ?? ""),
        Wide("Internal-IP", item => NodeCells.Address(item, "InternalIP")),
        Wide("External-IP", item => NodeCells.Address(item, "ExternalIP")),
        Wide("OS-Image", item => item.Text("status", "nodeInfo", "osImage") ?? "<unknown>"),
        Wide("Kernel-Version", item => item.Text("status", "nodeInfo", "kernelVersion") ?? "<unknown>"),
        Wide("Container-Runtime", item => item.Text("status", "nodeInfo", "containerRuntimeVersion") ?? "<unknown>"),
    ];

    public static readonly ImmutableArray<Column> Pod =
    [
        ObjectName,
        Of("Ready", PodCells.Ready),
        Of("Status", PodCells.Status),
        Of("Restarts", PodCells.Restarts),
        Age,
        Wide("IP", item => item.Text("status", "podIP") ?? None),
        Wide("Node", item => item.Text("spec", "nodeName") ?? None),
        Wide("Nominated Node", item => item.Text("status", "nominatedNodeName") ?? None),
        Wide("Readiness Gates", _ => None),
    ];

    public static readonly ImmutableArray<Column> Endpoints = [ObjectName, Of("Endpoints", EndpointCells.OfEndpoints), Age];

    public static readonly ImmutableArray<Column> EndpointSlice =
    [
        ObjectName,
        Of("AddressType", item => item.Text("addressType")),
        Of("Ports", EndpointCells.SlicePorts),
        Of("Endpoints", EndpointCells.SliceAddresses),
        Age,
    ];

    public static readonly ImmutableArray<Column> Deployment =
    [
        ObjectName,
        Of("Ready", item => $"{item.Number("status", "readyReplicas") ?? 0}/{item.Number("spec", "replicas") ?? 0}"),
        StatusNumber("Up-to-date", "updatedReplicas"),
        StatusNumber("Available", "availableReplicas"),
        Age,
        Wide("Containers", item => WorkloadCells.Containers(item, "name")),
        Wide("Images", item => WorkloadCells.Containers(item, "image")),
        Wide("Selector", WorkloadCells.Selector),
    ];

    public static readonly ImmutableArray<Column> DaemonSet =
    [
        ObjectName,
        StatusNumber("Desired", "desiredNumberScheduled"),
        StatusNumber("Current", "currentNumberScheduled"),
        StatusNumber("Ready", "numberReady"),
        StatusNumber("Up-to-date", "updatedNumberScheduled"),
        StatusNumber("Available", "numberAvailable"),
        Of("Node Selector", item => Labels(item.At("spec", "template", "spec", "nodeSelector"))),
        Age,
        Wide("Containers", item => WorkloadCells.Containers(item, "name")),
        Wide("Images", item => WorkloadCells.Containers(item, "image")),
        Wide("Selector", WorkloadCells.Selector),
    ];

    public static readonly ImmutableArray<Column> ReplicaSet =
    [
        ObjectName,
        Number("Desired", item => item.Number("spec", "replicas") ?? 0),
        StatusNumber("Current", "replicas"),
        StatusNumber("Ready", "readyReplicas"),
        Age,
        Wide("Containers", item => WorkloadCells.Containers(item, "name")),
        Wide("Images", item => WorkloadCells.Containers(item, "image")),
        Wide("Selector", WorkloadCells.Selector),
    ];

    public static readonly ImmutableArray<Column> StatefulSet =
    [
        ObjectName,
        Of("Ready", item => $"{item.Number("status", "readyReplicas") ?? 0}/{item.Number("spec", "replicas") ?? 0}"),
        Age,
        Wide("Containers", item => WorkloadCells.Containers(item, "name")),
        Wide("Images", item => WorkloadCells.Containers(item, "image")),
    ];

    public static readonly ImmutableArray<Column> Event =
    [
        new("Last Seen", EventCells.LastSeen),
        Of("Type", item => item.Text("type")),
        Of("Reason", item => item.Text("reason")),
        Of("Object", EventCells.Subject),
        Wide("Subobject", item => item.Text("involvedObject", "fieldPath")),
        Wide("Source", EventCells.Source),
        Of("Message", item => item.Text("message")?.Trim()),
        new("First Seen", EventCells.FirstSeen) { Priority = 1 },
        Wide("Count", item => EventCells.Count(item).ToString(CultureInfo.InvariantCulture)),
        new("Name", (item, _) => item.Meta().Text("name")) { Priority = 1, Format = "name" },
    ];

    public static readonly ImmutableArray<Column> Lease = [ObjectName, Of("Holder", item => item.Text("spec", "holderIdentity")), Age];

    public static readonly ImmutableArray<Column> Role = [ObjectName, Of("Created At", item => item.Meta().Text("creationTimestamp"))];

    public static readonly ImmutableArray<Column> ClusterRole = Role;

    public static readonly ImmutableArray<Column> Binding =
    [
        ObjectName,
        Of("Role", item => $"{item.Text("roleRef", "kind")}/{item.Text("roleRef", "name")}"),
        Age,
        Wide("Users", item => Subjects(item, "User")),
        Wide("Groups", item => Subjects(item, "Group")),
        Wide("ServiceAccounts", item => Subjects(item, "ServiceAccount")),
    ];

    public static readonly ImmutableArray<Column> Definition =
        [ObjectName, Of("Created At", item => item.Meta().Text("creationTimestamp"))];

    public static readonly ImmutableArray<Column> Webhooks = [ObjectName, Number("Webhooks", item => Count(item["webhooks"])), Age];

    public static readonly ImmutableArray<Column> DisruptionBudget =
    [
        ObjectName,
        Of("Min Available", item => item.At("spec", "minAvailable") is { } least ? least.Display() : "N/A"),
        Of("Max Unavailable", item => item.At("spec", "maxUnavailable") is { } most ? most.Display() : "N/A"),
        StatusNumber("Allowed Disruptions", "disruptionsAllowed"),
        Age,
    ];

    public static readonly ImmutableArray<Column> NetworkPolicy =
        [ObjectName, Of("Pod-Selector", item => Labels(item.At("spec", "podSelector", "matchLabels"))), Age];

    public static readonly ImmutableArray<Column> PriorityClass =
    [
        ObjectName,
        Number("Value", item => item.Number("value") ?? 0),
        Of("Global-Default", item => item.Flag("globalDefault") == true ? "true" : "false"),
        Age,
        Of("PreemptionPolicy", item => item.Text("preemptionPolicy") ?? "PreemptLowerPriority"),
    ];

    public static string Labels(JsonNode? labels) => labels is JsonObject { Count: > 0 } map
        ? string.Join(',', map.OrderBy(label => label.Key, StringComparer.Ordinal).Select(label => $"{label.Key}={label.Value.Display()}"))
        : None;

    private static Column StatusNumber(string name, string member) => Number(name, item => item.Number("status", member) ?? 0);

    private static int Count(JsonNode? node) => node switch { JsonObject map => map.Count, JsonArray list => list.Count, _ => 0 };

    private static string Subjects(JsonObject binding, string kind) => string.Join(", ", binding.List("subjects")
        .Where(subject => subject.Text("kind") == kind)
        .Select(subject => kind == "ServiceAccount" ? $"{subject.Text("namespace")}/{subject.Text("name")}" : subject.Text("name")));
}
