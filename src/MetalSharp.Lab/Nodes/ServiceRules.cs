using System.Globalization;
using System.Text;

namespace MetalSharp.Lab.Nodes;

/// <summary>
/// The nftables script that makes one node forward Services to pods, in place of kube-proxy. It replaces the ruleset before it
/// in one step. No Service address is ever put on an interface.
/// </summary>
internal static class ServiceRules
{
    public const string PodNetwork = "10.244.0.0/16";

    /// <summary>The mark of packets whose sender must not be seen by the pod, so that the answer comes back through this node.</summary>
    private const string Masquerade = "meta mark set meta mark or 0x4000";

    public static string For(string node, IEnumerable<ProxiedPort> ports)
    {
        var rules = new Rules();
        var number = 0;
        foreach (var port in ports)
            Add(rules, node, port, number++);
        return rules.ToString();
    }

    private static void Add(Rules rules, string node, ProxiedPort port, int number)
    {
        var external = port.BalancerAddresses.Concat(port.ExternalAddresses).Distinct().ToList();
        var local = port.Backends.Where(b => b.Node == node).ToList();
        var all = rules.Chain($"all_{number}", port, Balance(port, port.Backends));
        var near = rules.Chain($"near_{number}", port, Balance(port, local));

        if (port.ClusterAddresses.Count > 0)
        {
            var chosen = port.KeepsInternalTrafficLocal ? near : all;
            var inside = rules.Chain($"inside_{number}", port, [$"ip saddr != {PodNetwork} {Masquerade}", $"goto {chosen}"]);
            foreach (var address in port.ClusterAddresses)
                rules.Services.TryAdd($"{address} . {port.Protocol} . {port.Port}", inside);
        }

        var outside = rules.Chain($"outside_{number}", port, port.KeepsExternalTrafficLocal
            // Whoever is in the cluster already is not told to come back through another node.
            ? [$"ip saddr {PodNetwork} goto {all}", $"fib saddr type local {Masquerade} goto {all}", $"goto {near}"]
            : [Masquerade, $"goto {all}"]);
        foreach (var address in external)
            rules.Services.TryAdd($"{address} . {port.Protocol} . {port.Port}", outside);
        if (port.NodePort is { } nodePort)
            rules.NodePorts.TryAdd($"{port.Protocol} . {nodePort}", outside);

        Guard(rules, port, number, external, local);
    }

    /// <summary>What must not pass is stopped before it is forwarded: foreign sources, and traffic that nobody would answer.</summary>
    private static void Guard(Rules rules, ProxiedPort port, int number, List<string> external, List<Backend> local)
    {
        var verdicts = new List<string>();
        if (port.SourceRanges.Count > 0 && port.BalancerAddresses.Count > 0)
            verdicts.Add($"ip daddr {{ {string.Join(", ", port.BalancerAddresses)} }} ip saddr != {{ {string.Join(", ", port.SourceRanges)} }} drop");
        if (port.Backends.Count == 0)
            verdicts.Add("goto refuse");
        else if (port.KeepsExternalTrafficLocal && local.Count == 0)
            verdicts.Add($"ip saddr != {PodNetwork} fib saddr type != local drop");
        if (verdicts.Count > 0)
        {
            var guard = rules.Chain($"guard_{number}", port, verdicts);
            foreach (var address in external)
                rules.Guarded.TryAdd($"{address} . {port.Protocol} . {port.Port}", guard);
        }
        if (port.Backends.Count == 0)
            foreach (var address in port.ClusterAddresses)
                rules.Guarded.TryAdd($"{address} . {port.Protocol} . {port.Port}", "refuse");
    }

    private static List<string> Balance(ProxiedPort port, IReadOnlyCollection<Backend> backends) => backends switch
    {
        { Count: 0 } => [],
        { Count: 1 } => [$"meta l4proto {port.Protocol} dnat ip to {backends.First().Address}:{backends.First().Port}"],
        _ => [$"meta l4proto {port.Protocol} dnat ip to numgen random mod {backends.Count} map {{ "
            + string.Join(", ", backends.Select((b, n) => string.Create(CultureInfo.InvariantCulture, $"{n} : {b.Address} . {b.Port}"))) + " }"],
    };

    /// <summary>The script under construction.</summary>
    private sealed class Rules
    {
        private readonly StringBuilder _chains = new();

        /// <summary>Where to go, by address, protocol and port. Where two Services claim one, the first has it.</summary>
        public Dictionary<string, string> Services { get; } = [];

        public Dictionary<string, string> Guarded { get; } = [];

        public Dictionary<string, string> NodePorts { get; } = [];

        public string Chain(string name, ProxiedPort port, IReadOnlyList<string> lines)
        {
            _chains.Append(CultureInfo.InvariantCulture, $"  chain {name} {{ # {port.Name}\n");
            foreach (var line in lines)
                _chains.Append("    ").Append(line).Append('\n');
            _chains.Append("  }\n");
            return name;
        }

        public override string ToString() => $$"""
            table ip services
            delete table ip services
            table ip services {
              chain refuse {
                meta l4proto tcp reject with tcp reset
                reject
              }
            {{_chains}}
              map services { type ipv4_addr . inet_proto . inet_service : verdict; {{Elements(Services)}} }
              map guarded { type ipv4_addr . inet_proto . inet_service : verdict; {{Elements(Guarded)}} }
              map node_ports { type inet_proto . inet_service : verdict; {{Elements(NodePorts)}} }
              chain dispatch {
                ip daddr . meta l4proto . th dport vmap @services
                fib daddr type local ip daddr != 127.0.0.0/8 meta l4proto . th dport vmap @node_ports
              }
              chain guard_prerouting { type filter hook prerouting priority -110; ip daddr . meta l4proto . th dport vmap @guarded; }
              chain guard_output { type filter hook output priority -110; ip daddr . meta l4proto . th dport vmap @guarded; }
              chain prerouting { type nat hook prerouting priority -100; jump dispatch; }
              chain output { type nat hook output priority -100; jump dispatch; }
              chain postrouting {
                type nat hook postrouting priority 100;
                meta mark & 0x4000 == 0x4000 masquerade
                ip saddr {{PodNetwork}} ip daddr != {{PodNetwork}} masquerade
              }
            }

            """;

        private static string Elements(Dictionary<string, string> elements) =>
            elements.Count == 0 ? "" : $"elements = {{ {string.Join(", ", elements.Select(e => $"{e.Key} : goto {e.Value}"))} }}";
    }
}
