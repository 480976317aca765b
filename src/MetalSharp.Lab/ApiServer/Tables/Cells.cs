using System.Text.Json.Nodes;

namespace MetalSharp.Lab.ApiServer.Tables;

internal static class ServiceCells
{
    public static JsonNode ExternalIp(JsonObject service)
    {
        var spec = service.Section("spec");
        var external = spec.List("externalIPs").Select(ip => ip.AsText() ?? "").ToList();
        switch (spec.Text("type"))
        {
            case "ExternalName":
                return spec.Text("externalName") ?? "";
            case "LoadBalancer":
                var given = service.List("status", "loadBalancer", "ingress")
                    .Select(one => one.Text("ip") is { Length: > 0 } ip ? ip : one.Text("hostname") ?? "").Order(StringComparer.Ordinal).Distinct();
                var all = given.Concat(external).Where(ip => ip.Length > 0).ToList();
                return all.Count == 0 ? "<pending>" : string.Join(',', all);
            default:
                return external.Count == 0 ? "<none>" : string.Join(',', external);
        }
    }

    public static JsonNode Ports(JsonObject service)
    {
        var ports = service.List("spec", "ports").Select(port =>
            port.Number("nodePort") is { } nodePort and > 0
                ? $"{port.Number("port")}:{nodePort}/{port.Text("protocol")}"
                : $"{port.Number("port")}/{port.Text("protocol")}").ToList();
        return ports.Count == 0 ? "<none>" : string.Join(',', ports);
    }
}

internal static class NodeCells
{
    private const string RolePrefix = "node-role.kubernetes.io/";

    public static JsonNode Status(JsonObject node)
    {
        var ready = node.List("status", "conditions").FirstOrDefault(condition => condition.Text("type") == "Ready").Text("status");
        var text = ready switch { "True" => "Ready", null => "Unknown", _ => "NotReady" };
        return node.Flag("spec", "unschedulable") == true ? text + ",SchedulingDisabled" : text;
    }

    public static JsonNode Roles(JsonObject node)
    {
        var roles = (node.Meta()["labels"] as JsonObject ?? []).Select(label => label.Key)
            .Where(key => key.StartsWith(RolePrefix, StringComparison.Ordinal) && key.Length > RolePrefix.Length)
            .Select(key => key[RolePrefix.Length..]).Order(StringComparer.Ordinal).ToList();
        return roles.Count == 0 ? "<none>" : string.Join(',', roles);
    }

    public static JsonNode Address(JsonObject node, string type) =>
        node.List("status", "addresses").FirstOrDefault(address => address.Text("type") == type).Text("address") ?? "<none>";
}

internal static class PodCells
{
    public static JsonNode Ready(JsonObject pod)
    {
        var ready = pod.List("status", "containerStatuses").Count(status => status.Flag("ready") == true);
        return $"{ready}/{pod.List("spec", "containers").Count()}";
    }

    public static JsonNode Status(JsonObject pod)
    {
        if (pod.Meta()["deletionTimestamp"] is not null)
            return "Terminating";
        var waiting = pod.List("status", "containerStatuses").Select(status => status.Text("state", "waiting", "reason")).FirstOrDefault(reason => reason is not null);
        return waiting ?? pod.Text("status", "reason") ?? pod.Text("status", "phase") ?? "Unknown";
    }

    public static JsonNode Restarts(JsonObject pod) =>
        $"{pod.List("status", "containerStatuses").Sum(status => status.Number("restartCount") ?? 0)}";
}

internal static class EndpointCells
{
    private const int MaxShown = 3;

    public static JsonNode OfEndpoints(JsonObject endpoints) => Short([.. endpoints.List("subsets").SelectMany(subset =>
        subset.List("ports").DefaultIfEmpty().SelectMany(port => subset.List("addresses").Select(address =>
            port is null ? address.Text("ip") ?? "" : $"{address.Text("ip")}:{port.Number("port")}")))]);

    public static JsonNode SlicePorts(JsonObject slice)
    {
        var ports = slice.List("ports").Select(port => port.At("port").Display()).ToList();
        return ports.Count == 0 ? "<unset>" : ShortText(ports);
    }

    public static JsonNode SliceAddresses(JsonObject slice)
    {
        var addresses = slice.List("endpoints").SelectMany(endpoint => endpoint.List("addresses")).Select(one => one.Display()).ToList();
        return addresses.Count == 0 ? "<unset>" : ShortText(addresses);
    }

    private static JsonNode Short(List<string> items) => items.Count == 0 ? "<none>" : ShortText(items);

    private static string ShortText(List<string> items) => items.Count <= MaxShown
        ? string.Join(',', items)
        : $"{string.Join(',', items.Take(MaxShown))} + {items.Count - MaxShown} more...";
}

internal static class WorkloadCells
{
    public static JsonNode Containers(JsonObject workload, string member) => string.Join(',',
        workload.List("spec", "template", "spec", "containers").Select(container => container.Text(member)));

    public static JsonNode Selector(JsonObject workload) => BuiltInColumns.Labels(workload.At("spec", "selector", "matchLabels"));
}

internal static class EventCells
{
    public static JsonNode LastSeen(JsonObject item, DateTimeOffset now) => HumanDuration.Since(
        item.At("series", "lastObservedTime") ?? item["lastTimestamp"] ?? item["eventTime"] ?? item.Meta()["creationTimestamp"], now);

    public static JsonNode FirstSeen(JsonObject item, DateTimeOffset now) =>
        HumanDuration.Since(item["firstTimestamp"] ?? item["eventTime"] ?? item.Meta()["creationTimestamp"], now);

    public static long Count(JsonObject item) => item.Number("series", "count") ?? item.Number("count") ?? 1;

    public static JsonNode Subject(JsonObject item) =>
        $"{item.Text("involvedObject", "kind")?.ToLowerInvariant()}/{item.Text("involvedObject", "name")}";

    public static JsonNode Source(JsonObject item)
    {
        var component = item.Text("source", "component") is { Length: > 0 } classic ? classic : item.Text("reportingComponent") ?? "";
        return item.Text("source", "host") is { Length: > 0 } host ? $"{component}, {host}" : component;
    }
}
