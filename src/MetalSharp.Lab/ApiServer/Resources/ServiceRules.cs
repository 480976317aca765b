using System.Text.Json.Nodes;
using MetalSharp.Lab.ApiServer.Http;
using MetalSharp.Lab.ApiServer.Storage;
using MetalSharp.Net;

namespace MetalSharp.Lab.ApiServer.Resources;

/// <summary>Defaults and allocations of Services, as a real API server makes them. What a change carries over and the checks are in the other parts.</summary>
internal sealed partial class ServiceRules(ServiceRanges ranges) : ObjectRules
{
    private const string Headless = "None";

    public override void Complete(JsonObject next, JsonObject? before, StoreWriter store)
    {
        var spec = next.Section("spec");
        spec.Default("type", "ClusterIP");
        var old = before?["spec"] as JsonObject;
        if (old is not null)
            CarryOver(spec, old);

        var type = spec.Text("type");
        spec.Default("sessionAffinity", "None");
        if (spec.Text("sessionAffinity") == "ClientIP")
            spec.Section("sessionAffinityConfig").Section("clientIP").Default("timeoutSeconds", 10800);
        else
            spec.Remove("sessionAffinityConfig");
        foreach (var port in spec.List("ports").OfType<JsonObject>())
        {
            port.Default("protocol", "TCP");
            if (port["targetPort"] is null && port["port"] is { } number)
                port["targetPort"] = number.DeepClone();
        }
        if (type != "ExternalName")
        {
            spec.Default("internalTrafficPolicy", "Cluster");
            CompleteFamilies(spec, old);
        }
        if (IsExternal(spec))
            spec.Default("externalTrafficPolicy", "Cluster");
        if (type == "LoadBalancer")
            spec.Default("allocateLoadBalancerNodePorts", true);
        var status = next.Section("status");
        if (type != "LoadBalancer" && old?.Text("type") == "LoadBalancer")
            status["loadBalancer"] = new JsonObject();
        foreach (var ingress in status.Section("loadBalancer").List("ingress").OfType<JsonObject>())
        {
            if (ingress["ip"] is not null)
                ingress.Default("ipMode", "VIP");
        }
    }

    public override void Claim(JsonObject next, JsonObject? before, bool isDryRun, List<FieldError> errors)
    {
        var held = Holdings.Of(before);
        var claim = new Holdings([], []);
        var spec = next.Section("spec");
        var isComplete = false;
        try
        {
            ClaimAddresses(spec, held, claim, errors);
            ClaimNodePorts(spec, held, claim, errors);
            isComplete = errors.Count == 0 && !isDryRun;
        }
        finally
        {
            if (!isComplete)
                GiveBack(claim);
        }
        if (!isComplete)
            return;
        var kept = Holdings.Of(next);
        held.Addresses.ExceptWith(kept.Addresses);
        held.Ports.ExceptWith(kept.Ports);
        GiveBack(held);
    }

    public override void Release(JsonObject last) => GiveBack(Holdings.Of(last));

    private void GiveBack(Holdings holdings)
    {
        foreach (var address in holdings.Addresses)
            ranges.Give(address);
        foreach (var port in holdings.Ports)
            ranges.GivePort(port);
    }

    private void CompleteFamilies(JsonObject spec, JsonObject? old)
    {
        if (spec["clusterIPs"] is null && spec.Text("clusterIP") is { Length: > 0 } single)
            spec["clusterIPs"] = new JsonArray(single);
        else if (spec.List("clusterIPs").FirstOrDefault() is { } first)
            spec.Default("clusterIP", first.DeepClone());

        var given = spec.List("clusterIPs").Select(ip => ip.AsText() ?? "").ToList();
        var families = spec.List("ipFamilies").Select(family => family.AsText() ?? "").ToList();
        for (var i = families.Count; i < given.Count; i++)
        {
            if (InetAddress.TryParse(given[i], out var address))
                families.Add(NameOf(address.Family));
        }
        var policy = spec.Text("ipFamilyPolicy");
        if (policy is null)
            spec["ipFamilyPolicy"] = policy = families.Count == 2 ? "RequireDualStack" : "SingleStack";
        if (families.Count == 0)
            families.Add(NameOf(ranges.Families.First()));
        if (policy == "SingleStack" && families.Count == 2 && old?.Text("ipFamilyPolicy") is "PreferDualStack" or "RequireDualStack")
        {
            families.RemoveAt(1);
            if (spec["clusterIPs"] is JsonArray { Count: 2 } two)
                two.RemoveAt(1);
        }
        if (policy != "SingleStack" && families.Count == 1 && ranges.Families.Count() == 2)
            families.Add(NameOf(ranges.Families.First(family => NameOf(family) != families[0])));
        spec["ipFamilies"] = new JsonArray([.. families.Select(family => JsonValue.Create(family))]);
    }

    private void ClaimAddresses(JsonObject spec, Holdings held, Holdings claim, List<FieldError> errors)
    {
        if (spec.Text("type") == "ExternalName" || spec.Text("clusterIP") == Headless)
            return;
        var families = spec.List("ipFamilies").Select(family => family.AsText() == "IPv6" ? IpFamily.IPv6 : IpFamily.IPv4).ToList();
        var given = spec.List("clusterIPs").Select(ip => ip.AsText() ?? "").ToList();
        var result = new JsonArray();
        for (var i = 0; i < families.Count; i++)
        {
            if (i < given.Count && InetAddress.TryParse(given[i], out var wanted))
            {
                var range = ranges.RangeOf(wanted.Family);
                if (held.Addresses.Contains(wanted))
                {
                }
                else if (range?.Contains(wanted) != true)
                {
                    errors.Add(FieldError.InvalidText("spec.clusterIPs", given[i],
                        $"failed to allocate IP {given[i]}: the provided IP is not in the valid range. The range of valid IPs is {range}"));
                }
                else if (ranges.TryClaim(wanted))
                {
                    claim.Addresses.Add(wanted);
                }
                else
                {
                    errors.Add(FieldError.InvalidText("spec.clusterIPs", given[i],
                        $"failed to allocate IP {given[i]}: provided IP is already allocated"));
                }
                result.Add(given[i]);
            }
            else if (ranges.Take(families[i]) is { } taken)
            {
                claim.Addresses.Add(taken);
                result.Add(taken.ToString());
            }
            else
            {
                throw new ApiException(500, "InternalError", "Internal error occurred: failed to allocate a serviceIP: range is full");
            }
        }
        if (result.Count == 0)
            return;
        spec["clusterIP"] = result[0]!.DeepClone();
        spec["clusterIPs"] = result;
    }

    private void ClaimNodePorts(JsonObject spec, Holdings held, Holdings claim, List<FieldError> errors)
    {
        if (HasNodePorts(spec))
        {
            var index = 0;
            foreach (var port in spec.List("ports").OfType<JsonObject>())
            {
                if (port.Number("nodePort") is { } wanted and not 0)
                    ClaimPort((int)wanted, $"spec.ports[{index}].nodePort", held, claim, errors);
                else if (spec.Text("type") == "NodePort" || spec.Flag("allocateLoadBalancerNodePorts") != false)
                    port["nodePort"] = TakePort(claim);
                index++;
            }
        }
        if (!NeedsHealthCheckPort(spec))
            return;
        if (spec.Number("healthCheckNodePort") is { } check and not 0)
            ClaimPort((int)check, "spec.healthCheckNodePort", held, claim, errors);
        else
            spec["healthCheckNodePort"] = TakePort(claim);
    }

    private int TakePort(Holdings claim)
    {
        var port = ranges.TakePort()
            ?? throw new ApiException(500, "InternalError", "Internal error occurred: failed to allocate a nodePort: range is full");
        claim.Ports.Add(port);
        return port;
    }

    private void ClaimPort(int port, string field, Holdings held, Holdings claim, List<FieldError> errors)
    {
        // One number may serve several protocols of the same Service.
        if (held.Ports.Contains(port) || claim.Ports.Contains(port))
            return;
        if (!ranges.IsNodePort(port))
            errors.Add(FieldError.Invalid(field, $"{port}", $"provided port is not in the valid range. The range of valid ports is {ranges.NodePortText}"));
        else if (ranges.TryClaimPort(port))
            claim.Ports.Add(port);
        else
            errors.Add(FieldError.Invalid(field, $"{port}", "provided port is already allocated"));
    }

    private static string NameOf(IpFamily family) => family == IpFamily.IPv6 ? "IPv6" : "IPv4";

    private static bool HasNodePorts(JsonObject spec) => spec.Text("type") is "NodePort" or "LoadBalancer";

    private static bool IsExternal(JsonObject spec) => HasNodePorts(spec)
        || (spec.Text("type") == "ClusterIP" && spec.List("externalIPs").Any());

    private static bool NeedsHealthCheckPort(JsonObject spec) =>
        spec.Text("type") == "LoadBalancer" && spec.Text("externalTrafficPolicy") == "Local";

    /// <summary>What a Service holds of the ranges.</summary>
    private sealed record Holdings(HashSet<InetAddress> Addresses, HashSet<int> Ports)
    {
        public static Holdings Of(JsonObject? service)
        {
            var holdings = new Holdings([], []);
            foreach (var ip in service.List("spec", "clusterIPs"))
            {
                if (InetAddress.TryParse(ip.AsText() ?? "", out var address))
                    holdings.Addresses.Add(address);
            }
            foreach (var port in service.List("spec", "ports"))
            {
                if (port.Number("nodePort") is { } number and not 0)
                    holdings.Ports.Add((int)number);
            }
            if (service.Number("spec", "healthCheckNodePort") is { } check and not 0)
                holdings.Ports.Add((int)check);
            return holdings;
        }
    }
}
