using MetalSharp.Allocation;
using MetalSharp.Configuration;
using MetalSharp.Kubernetes.Models;
using MetalSharp.Resources;

namespace MetalSharp.Controller;

/// <summary>What came of a look at the ConfigMap.</summary>
internal abstract record ConfigurationNews
{
    private ConfigurationNews()
    {
    }

    /// <summary>There is no ConfigMap; what was in force stays.</summary>
    public sealed record Missing : ConfigurationNews;

    /// <summary>It cannot be read; what was in force stays.</summary>
    public sealed record Invalid(EquatableArray<ConfigurationError> Errors) : ConfigurationNews;

    /// <summary>It would take addresses in use away; what was in force stays.</summary>
    public sealed record Refused(IReadOnlyList<LostAddress> Lost) : ConfigurationNews;

    /// <summary>It is in force.</summary>
    public sealed record Loaded : ConfigurationNews;
}

/// <summary>The last good configuration, and whether the ConfigMap says something else by now.</summary>
/// <param name="source">What errors call the ConfigMap: <c>namespace/name</c>.</param>
internal sealed class ConfigurationInForce(string source)
{
    private ConfigurationNews? _last;
    private LoadBalancerConfiguration? _refused;
    private V1ConfigMap? _seen;

    /// <summary>Null before the first good one.</summary>
    public LoadBalancerConfiguration? Current { get; private set; }

    /// <summary>What came of the last ConfigMap; null before the first look.</summary>
    public ConfigurationNews? Last => _last;

    /// <summary>Whether the ConfigMap says something that is not in force.</summary>
    public bool IsStale => _last is ConfigurationNews.Invalid or ConfigurationNews.Refused;

    /// <summary>Why there is nothing in force, for those who wait for it.</summary>
    public string WhyNone => _last switch
    {
        ConfigurationNews.Invalid { Errors: var errors } => $"the ConfigMap {source} is not valid: {errors[0].Line}:{errors[0].Column}: {errors[0].Message}"
            + (errors.Count > 1 ? $" (and {errors.Count - 1} more)" : ""),
        _ => $"there is no ConfigMap {source}",
    };

    /// <summary>Whether this very object was looked at already.</summary>
    public bool HasSeen(V1ConfigMap? map) => _last is not null && ReferenceEquals(map, _seen);

    /// <summary>Takes the ConfigMap as it is now; null when there is none.</summary>
    /// <param name="map">The object.</param>
    /// <param name="lostUnder">Who would lose an address under another configuration.</param>
    /// <returns>What is new, or null.</returns>
    public ConfigurationNews? Look(V1ConfigMap? map, Func<LoadBalancerConfiguration, IReadOnlyList<LostAddress>> lostUnder)
    {
        // A configuration that was refused for the addresses in use is tried again whenever Services may have changed.
        if (HasSeen(map))
            return _refused is { } again && lostUnder(again).Count == 0 ? Adopt(again) : null;
        var isFirst = _last is null;
        var before = _seen?.Data?.GetValueOrDefault(ConfigMapSource.Key);
        _seen = map;
        if (map is null)
        {
            _refused = null;
            return _last = new ConfigurationNews.Missing();
        }

        if (!isFirst && before is not null && before == map.Data?.GetValueOrDefault(ConfigMapSource.Key))
            return null;
        switch (ConfigMapSource.Read(map.Data, source))
        {
            case ConfigurationResult.Invalid(var errors):
                _refused = null;
                return _last = new ConfigurationNews.Invalid(errors);
            case ConfigurationResult.Valid(var next):
                var lost = Current is null ? [] : lostUnder(next);
                if (lost.Count == 0)
                    return Adopt(next);
                _refused = next;
                return _last = new ConfigurationNews.Refused(lost);
            case var other:
                throw new InvalidOperationException($"unexpected {other}");
        }
    }

    private ConfigurationNews.Loaded Adopt(LoadBalancerConfiguration next)
    {
        (Current, _refused) = (next, null);
        var loaded = new ConfigurationNews.Loaded();
        _last = loaded;
        return loaded;
    }
}
