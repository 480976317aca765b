using System.Text.Json.Nodes;

namespace MetalSharp.Lab.ApiServer.Resources;

internal sealed partial class ServiceRules
{
    /// <summary>A client that sends back only what it wrote keeps what was allocated; what the new type can't have goes.</summary>
    private static void CarryOver(JsonObject spec, JsonObject old)
    {
        var (type, oldType) = (spec.Text("type"), old.Text("type"));
        if (type != "ExternalName" && oldType != "ExternalName")
        {
            if (spec["clusterIP"] is null && spec["clusterIPs"] is null)
            {
                Copy(spec, old, "clusterIP");
                Copy(spec, old, "clusterIPs");
            }
            if (spec["ipFamilies"] is null && spec["ipFamilyPolicy"] is null)
                Copy(spec, old, "ipFamilies");
            if (spec["ipFamilyPolicy"] is null)
                Copy(spec, old, "ipFamilyPolicy");
        }
        if (type == "ExternalName" && oldType != "ExternalName")
        {
            foreach (var member in new[] { "clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy", "internalTrafficPolicy" })
                DropIfSame(spec, old, member);
        }

        var ports = spec.List("ports").OfType<JsonObject>().ToList();
        var oldPorts = old.List("ports").OfType<JsonObject>().ToList();
        if (HasNodePorts(spec) && HasNodePorts(old))
        {
            foreach (var port in ports.Where(port => port["nodePort"] is null))
            {
                var same = oldPorts.Find(one => one.Number("port") == port.Number("port")
                    && (one.Text("protocol") ?? "TCP") == (port.Text("protocol") ?? "TCP"));
                if (same?["nodePort"] is { } kept && ports.TrueForAll(one => !JsonNode.DeepEquals(one["nodePort"], kept)))
                    port["nodePort"] = kept.DeepClone();
            }
        }
        else if (type is "ClusterIP" or "ExternalName")
        {
            foreach (var port in ports)
            {
                if (port["nodePort"] is { } given && oldPorts.Exists(one => JsonNode.DeepEquals(one["nodePort"], given)))
                    port.Remove("nodePort");
            }
        }

        if (NeedsHealthCheckPort(old) && NeedsHealthCheckPort(spec))
            Copy(spec, old, "healthCheckNodePort");
        else if (!NeedsHealthCheckPort(spec))
            DropIfSame(spec, old, "healthCheckNodePort");
        if (type != "LoadBalancer")
        {
            DropIfSame(spec, old, "allocateLoadBalancerNodePorts");
            DropIfSame(spec, old, "loadBalancerClass");
        }
        if (!IsExternal(spec))
            DropIfSame(spec, old, "externalTrafficPolicy");
    }

    private static void Copy(JsonObject spec, JsonObject old, string member)
    {
        if (spec[member] is null && old[member] is { } value)
            spec[member] = value.DeepClone();
    }

    private static void DropIfSame(JsonObject spec, JsonObject old, string member)
    {
        if (JsonNode.DeepEquals(spec[member], old[member]))
            spec.Remove(member);
    }
}
