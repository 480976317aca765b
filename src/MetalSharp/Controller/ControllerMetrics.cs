using MetalSharp.Allocation;
using MetalSharp.Observability;

namespace MetalSharp.Controller;

/// <summary>The controller's metrics: those of MetalLB under their names, and its own.</summary>
internal sealed class ControllerMetrics
{
    private readonly Gauge _total;
    private readonly Gauge _inUse;
    private readonly Gauge _totalIPv4;
    private readonly Gauge _inUseIPv4;
    private readonly Gauge _totalIPv6;
    private readonly Gauge _inUseIPv6;
    private readonly Gauge _services;
    private readonly HashSet<string> _pools = [];

    public ControllerMetrics(MetricRegistry registry)
    {
        _total = registry.Gauge("metallb_allocator_addresses_total", "Number of usable IP addresses per pool; at most 9223372036854775807 is shown.", "pool");
        _inUse = registry.Gauge("metallb_allocator_addresses_in_use_total", "Number of IP addresses in use per pool.", "pool");
        _totalIPv4 = registry.Gauge("metallb_allocator_ipv4_addresses_total", "Number of usable IPv4 addresses per pool.", "pool");
        _inUseIPv4 = registry.Gauge("metallb_allocator_ipv4_addresses_in_use_total", "Number of IPv4 addresses in use per pool.", "pool");
        _totalIPv6 = registry.Gauge("metallb_allocator_ipv6_addresses_total", "Number of usable IPv6 addresses per pool; at most 9223372036854775807 is shown.", "pool");
        _inUseIPv6 = registry.Gauge("metallb_allocator_ipv6_addresses_in_use_total", "Number of IPv6 addresses in use per pool.", "pool");
        _services = registry.Gauge("metalsharp_controller_services", "Number of LoadBalancer Services by the reason of their condition.", "reason");
        Updates = registry.Counter("metallb_k8s_client_updates_total", "Number of Kubernetes object updates that were processed.").With();
        UpdateErrors = registry.Counter("metallb_k8s_client_update_errors_total", "Number of Kubernetes object updates whose processing failed.").With();
        ConfigLoaded = registry.Gauge("metallb_k8s_client_config_loaded_bool", "1 if a configuration was loaded at least once.").With();
        ConfigStale = registry.Gauge("metallb_k8s_client_config_stale_bool", "1 if running on a configuration that differs from what the ConfigMap says.").With();
        Leading = registry.Gauge("metalsharp_controller_leader", "1 if this replica gives out addresses.").With();
        var writes = registry.Counter("metalsharp_controller_status_writes_total", "Number of writes of a Service status by what came of them.", "result");
        Written = writes.With("written");
        Conflicts = writes.With("conflict");
        Failures = writes.With("failed");
        Restarts = registry.Counter("metalsharp_controller_restarts_total", "Number of times the controller's loop began anew after a failure.").With();
        Reconcile = registry.Histogram("metalsharp_controller_reconcile_seconds", "Time to decide what changed.", 0.0001, 0.001, 0.01, 0.1, 1, 10);
    }

    public MetricCell Updates { get; }

    public MetricCell UpdateErrors { get; }

    public MetricCell ConfigLoaded { get; }

    public MetricCell ConfigStale { get; }

    public MetricCell Leading { get; }

    public MetricCell Written { get; }

    public MetricCell Conflicts { get; }

    public MetricCell Failures { get; }

    public MetricCell Restarts { get; }

    public Histogram Reconcile { get; }

    /// <summary>Only the leader knows who has what; the others show no pools.</summary>
    public void Show(IEnumerable<PoolUsage> usage, IReadOnlyDictionary<AllocationReason, int> reasons)
    {
        var gone = _pools.ToHashSet();
        foreach (var pool in usage)
        {
            var name = pool.Pool.Value;
            gone.Remove(name);
            _pools.Add(name);
            _total.With(name).Set(Saturated(pool.Both.Total));
            _inUse.With(name).Set(Saturated(pool.Both.InUse));
            _totalIPv4.With(name).Set(Saturated(pool.IPv4.Total));
            _inUseIPv4.With(name).Set(Saturated(pool.IPv4.InUse));
            _totalIPv6.With(name).Set(Saturated(pool.IPv6.Total));
            _inUseIPv6.With(name).Set(Saturated(pool.IPv6.InUse));
        }

        foreach (var name in gone)
        {
            _pools.Remove(name);
            foreach (var family in (Gauge[])[_total, _inUse, _totalIPv4, _inUseIPv4, _totalIPv6, _inUseIPv6])
                family.Remove(name);
        }

        foreach (var (reason, count) in reasons)
            _services.With(reason.ToString()).Set(count);
    }

    /// <summary>Ends what only a leader can say.</summary>
    public void ShowNothing()
    {
        Show([], new Dictionary<AllocationReason, int>());
        foreach (var reason in Enum.GetNames<AllocationReason>())
            _services.Remove(reason);
    }

    // What MetalLB shows for a pool that is larger than its counter.
    private static double Saturated(UInt128 count) => count > long.MaxValue ? long.MaxValue : (double)count;
}
