using System.Text.Json.Nodes;
using MetalSharp.Lab.ApiServer.Http;
using MetalSharp.Lab.ApiServer.Storage;
using MetalSharp.Net;

namespace MetalSharp.Lab.ApiServer.Resources;

internal sealed partial class ServiceRules
{
    private static readonly string[] Types = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];
    private static readonly string[] Protocols = ["SCTP", "TCP", "UDP"];

    public override void Validate(JsonObject next, JsonObject? before, StoreWriter store, List<FieldError> errors)
    {
        var spec = next.Section("spec");
        var type = spec.Text("type") ?? "";
        if (before is null && !Names.IsDns1035Label(next.Meta().Text("name")!))
            errors.Add(FieldError.InvalidText("metadata.name", next.Meta().Text("name")!, Names.Dns1035Rule));
        if (!Types.Contains(type))
            errors.Add(FieldError.NotSupported("spec.type", type, Types));
        ValidatePorts(spec, type, errors);
        OneOf(spec, "sessionAffinity", errors, "ClientIP", "None");
        OneOf(spec, "internalTrafficPolicy", errors, "Cluster", "Local");
        OneOf(spec, "externalTrafficPolicy", errors, "Cluster", "Local");
        OneOf(spec, "ipFamilyPolicy", errors, "PreferDualStack", "RequireDualStack", "SingleStack");
        if (type == "ExternalName" && spec.Text("externalName") is not { Length: > 0 })
            errors.Add(FieldError.Required("spec.externalName"));
        if (spec.Text("externalTrafficPolicy") is { } policy && !IsExternal(spec))
            errors.Add(FieldError.InvalidText("spec.externalTrafficPolicy", policy, "may only be set for externally-accessible services"));
        if (spec.Number("healthCheckNodePort") is { } check and not 0 && !NeedsHealthCheckPort(spec))
        {
            errors.Add(FieldError.Invalid("spec.healthCheckNodePort", $"{check}",
                "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'"));
        }
        ValidateFamilies(spec, errors);
        ValidateLoadBalancer(spec, type, next, errors);
        if (before?["spec"] is JsonObject old)
            ValidateUnchanged(spec, old, type, errors);
    }

    private static void OneOf(JsonObject spec, string member, List<FieldError> errors, params string[] allowed)
    {
        if (spec.Text(member) is { } value && !allowed.Contains(value))
            errors.Add(FieldError.NotSupported($"spec.{member}", value, allowed));
    }

    private static void ValidatePorts(JsonObject spec, string type, List<FieldError> errors)
    {
        var ports = spec.List("ports").OfType<JsonObject>().ToList();
        if (ports.Count == 0 && type != "ExternalName" && spec.Text("clusterIP") != Headless)
            errors.Add(FieldError.Required("spec.ports"));
        var names = new HashSet<string>();
        var numbers = new HashSet<(long, string)>();
        var nodePorts = new HashSet<(long, string)>();
        for (var i = 0; i < ports.Count; i++)
        {
            var at = $"spec.ports[{i}]";
            var port = ports[i];
            var protocol = port.Text("protocol") ?? "TCP";
            var number = port.Number("port") ?? 0;
            var name = port.Text("name") ?? "";
            if (name.Length == 0 && ports.Count > 1)
                errors.Add(FieldError.Required($"{at}.name"));
            else if (name.Length > 0 && !Names.IsDns1123Label(name))
                errors.Add(FieldError.InvalidText($"{at}.name", name, Names.Dns1123LabelRule));
            else if (name.Length > 0 && !names.Add(name))
                errors.Add(FieldError.Duplicate($"{at}.name", $"\"{name}\""));
            if (number is < 1 or > 65535)
                errors.Add(FieldError.Invalid($"{at}.port", $"{number}", "must be between 1 and 65535, inclusive"));
            if (!Protocols.Contains(protocol))
                errors.Add(FieldError.NotSupported($"{at}.protocol", protocol, Protocols));
            if (port.Number("targetPort") is < 1 or > 65535)
                errors.Add(FieldError.Invalid($"{at}.targetPort", $"{port.Number("targetPort")}", "must be between 1 and 65535, inclusive"));
            if (port.Number("nodePort") is { } nodePort and not 0)
            {
                if (!HasNodePorts(spec))
                    errors.Add(FieldError.Forbidden($"{at}.nodePort", "may not be used when `type` is 'ClusterIP'"));
                else if (!nodePorts.Add((nodePort, protocol)))
                    errors.Add(FieldError.Duplicate($"{at}.nodePort", $"{nodePort}"));
            }
            if (!numbers.Add((number, protocol)))
                errors.Add(FieldError.Duplicate(at, new JsonObject { ["port"] = number, ["protocol"] = protocol }.ToJsonString()));
        }
    }

    private void ValidateFamilies(JsonObject spec, List<FieldError> errors)
    {
        if (spec.Text("type") == "ExternalName")
            return;
        var configured = ranges.Families.Select(NameOf).ToList();
        if (spec.Text("ipFamilyPolicy") == "RequireDualStack" && configured.Count < 2)
        {
            errors.Add(FieldError.InvalidText("spec.ipFamilyPolicy", "RequireDualStack",
                "this cluster is not configured for dual-stack services"));
        }
        var families = spec.List("ipFamilies").Select(family => family.AsText() ?? "").ToList();
        for (var i = 0; i < families.Count; i++)
        {
            if (families[i] is not ("IPv4" or "IPv6"))
                errors.Add(FieldError.NotSupported($"spec.ipFamilies[{i}]", families[i], "IPv4", "IPv6"));
            else if (!configured.Contains(families[i]))
                errors.Add(FieldError.InvalidText($"spec.ipFamilies[{i}]", families[i], "not configured on this cluster"));
        }
        if (families.Count == 2 && families[0] == families[1])
            errors.Add(FieldError.Duplicate("spec.ipFamilies[1]", $"\"{families[1]}\""));
        if (families.Count == 2 && spec.Text("ipFamilyPolicy") == "SingleStack")
        {
            errors.Add(FieldError.InvalidText("spec.ipFamilyPolicy", "SingleStack",
                "must be RequireDualStack or PreferDualStack when multiple 'ipFamilies' are specified"));
        }
        var index = 0;
        foreach (var ip in spec.List("clusterIPs").Select(ip => ip.AsText() ?? ""))
        {
            if (ip != Headless && !InetAddress.TryParse(ip, out _))
                errors.Add(FieldError.InvalidText($"spec.clusterIPs[{index}]", ip, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"));
            index++;
        }
        var first = spec.List("clusterIPs").FirstOrDefault().AsText();
        if (first is not null && spec.Text("clusterIP") is { Length: > 0 } single && single != first)
            errors.Add(FieldError.InvalidText("spec.clusterIPs[0]", first, "first value must match `clusterIP`"));
    }

    private static void ValidateLoadBalancer(JsonObject spec, string type, JsonObject next, List<FieldError> errors)
    {
        var isLoadBalancer = type == "LoadBalancer";
        var index = 0;
        foreach (var source in spec.List("loadBalancerSourceRanges").Select(one => one.AsText() ?? ""))
        {
            if (!InetPrefix.TryParse(source.Trim(), out _))
            {
                errors.Add(FieldError.InvalidText($"spec.loadBalancerSourceRanges[{index}]", source,
                    "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"));
            }
            index++;
        }
        if (index > 0 && !isLoadBalancer)
            errors.Add(FieldError.Forbidden("spec.loadBalancerSourceRanges", "may only be used when `type` is 'LoadBalancer'"));
        if (spec["loadBalancerClass"] is not null && !isLoadBalancer)
            errors.Add(FieldError.Forbidden("spec.loadBalancerClass", "may only be used when `type` is 'LoadBalancer'"));
        if (spec["allocateLoadBalancerNodePorts"] is not null && !isLoadBalancer)
            errors.Add(FieldError.Forbidden("spec.allocateLoadBalancerNodePorts", "may only be used when `type` is 'LoadBalancer'"));

        var ingress = next.List("status", "loadBalancer", "ingress").ToList();
        if (ingress.Count > 0 && !isLoadBalancer)
            errors.Add(FieldError.Forbidden("status.loadBalancer.ingress", "may only be used when `spec.type` is \"LoadBalancer\""));
        for (var i = 0; i < ingress.Count; i++)
        {
            if (ingress[i].Text("ip") is { } ip && !InetAddress.TryParse(ip, out _))
                errors.Add(FieldError.InvalidText($"status.loadBalancer.ingress[{i}].ip", ip, "must be a valid IP address"));
        }
    }

    private static void ValidateUnchanged(JsonObject spec, JsonObject old, string type, List<FieldError> errors)
    {
        var oldType = old.Text("type");
        if (type != "ExternalName" && oldType != "ExternalName")
        {
            var (now, before) = (spec.List("clusterIPs").ToList(), old.List("clusterIPs").ToList());
            if (now.Count > 0 && before.Count > 0 && !JsonNode.DeepEquals(now[0], before[0]))
            {
                var shown = string.Join(", ", now.Select(ip => $"\"{ip.AsText()}\""));
                errors.Add(FieldError.Invalid("spec.clusterIPs[0]", $"[]string{{{shown}}}", "may not change once set"));
            }
        }
        if (type == "LoadBalancer" && oldType == "LoadBalancer" && !JsonNode.DeepEquals(spec["loadBalancerClass"], old["loadBalancerClass"]))
            errors.Add(FieldError.InvalidText("spec.loadBalancerClass", spec.Text("loadBalancerClass") ?? "null", "may not change once set"));
    }
}
