using MetalSharp.Announcement;
using MetalSharp.Configuration;
using MetalSharp.Kubernetes.Models;
using MetalSharp.Resources;

namespace MetalSharp.Speaker;

/// <summary>
/// The configuration this speaker goes by: the last good one. A new one that is invalid, or that has no pool for an address in use, is
/// refused as a whole, as the controller refuses it, and is tried again with every look.
/// </summary>
internal sealed class ConfigurationInForce
{
    private V1ConfigMap? _read;
    private ConfigurationResult? _result;

    /// <summary>Null before there was a good one.</summary>
    public LoadBalancerConfiguration? Current { get; private set; }

    /// <summary>What became of the last offer; records, so that two equal outcomes are equal.</summary>
    public ConfigurationOutcome Outcome { get; private set; } = new ConfigurationOutcome.Absent();

    /// <summary>Looks at the ConfigMap as it is now, or null where there is none. Returns whether the outcome is another one than before.</summary>
    public bool Offer(V1ConfigMap? configMap, string source, IReadOnlyList<LoadBalancerService> services)
    {
        if (!ReferenceEquals(configMap, _read))
            (_read, _result) = (configMap, configMap is null ? null : ConfigMapSource.Read(configMap.Data, source));
        var before = Outcome;
        Outcome = Judge(services);
        if (Outcome is ConfigurationOutcome.Loaded loaded)
            Current = loaded.Configuration;
        return Outcome != before;
    }

    private ConfigurationOutcome Judge(IReadOnlyList<LoadBalancerService> services)
    {
        switch (_result)
        {
            case null:
                return new ConfigurationOutcome.Absent();
            case ConfigurationResult.Invalid invalid:
                return new ConfigurationOutcome.Invalid(invalid.Errors);
            case ConfigurationResult.Valid valid:
                var robbed = Robbed(valid.Configuration, services);
                return robbed.IsEmpty ? new ConfigurationOutcome.Loaded(valid.Configuration) : new ConfigurationOutcome.TakesAddressesAway(robbed);
            default:
                throw new InvalidOperationException($"{_result} is no result");
        }
    }

    private EquatableArray<ServiceKey> Robbed(LoadBalancerConfiguration offered, IReadOnlyList<LoadBalancerService> services)
    {
        if (Current is not { } current || offered == current)
            return [];
        return services
            .Where(service => service.Addresses.Any(address => Has(current, address) && !Has(offered, address)))
            .Select(service => service.Key).Order().ToEquatableArray();

        static bool Has(LoadBalancerConfiguration configuration, Net.InetAddress address) =>
            configuration.Pools.Any(pool => pool.Contains(address));
    }
}

/// <summary>What became of an offered configuration.</summary>
internal abstract record ConfigurationOutcome
{
    private ConfigurationOutcome()
    {
    }

    public sealed record Loaded(LoadBalancerConfiguration Configuration) : ConfigurationOutcome;

    /// <summary>There is no ConfigMap.</summary>
    public sealed record Absent : ConfigurationOutcome;

    public sealed record Invalid(EquatableArray<ConfigurationError> Errors) : ConfigurationOutcome;

    /// <summary>These Services have addresses that the new configuration has no pool for.</summary>
    public sealed record TakesAddressesAway(EquatableArray<ServiceKey> Services) : ConfigurationOutcome;
}
