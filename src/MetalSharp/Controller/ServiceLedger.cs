using System.Collections.Immutable;
using MetalSharp.Allocation;
using MetalSharp.Configuration;
using MetalSharp.Kubernetes;
using MetalSharp.Kubernetes.Models;
using MetalSharp.Net;
using MetalSharp.Resources;

namespace MetalSharp.Controller;

/// <summary>
/// What one leader knows of all Services and has decided about them. Takes what the API shows, as late and as often as it
/// shows it, and says which status should be written next. An address is held from its decision on, so that neither a watch
/// that lags behind nor a write that fails leads to another one. No I/O; owned by the controller's loop.
/// </summary>
internal sealed class ServiceLedger
{
    private readonly ServiceReader _reader;
    private readonly Allocator _allocator = new();
    private readonly Dictionary<ServiceKey, Entry> _entries = [];
    private readonly HashSet<ServiceKey> _undecided = [];
    private readonly HashSet<ServiceKey> _waiting = [];
    private readonly string? _listVersion;
    private ImmutableDictionary<ObjectName, V1Service>? _seen;
    private bool _everythingUndecided = true;
    private bool _freed;
    private string _whyNoConfiguration = "";

    /// <param name="reader">Knows which Services are ours.</param>
    /// <param name="latest">A list as new as the API has it: what others wrote before must be known before anything is given out.</param>
    public ServiceLedger(ServiceReader reader, KubernetesList<V1Service> latest)
    {
        _reader = reader;
        _listVersion = latest.Metadata.ResourceVersion;
        foreach (var service in latest.Items)
            _entries.Add(ServiceReader.Key(service), new(service));
    }

    /// <summary>How many of our Services have which reason in their condition.</summary>
    public Dictionary<AllocationReason, int> Reasons { get; } = [];

    public IEnumerable<PoolUsage> Usage() => _allocator.Usage();

    public AllocatedAddress? Find(ServiceKey service) => _allocator.Find(service);

    /// <inheritdoc cref="Allocator.CheckCompatible"/>
    public IReadOnlyList<LostAddress> LostUnder(LoadBalancerConfiguration next) => _allocator.CheckCompatible(next);

    /// <summary>Puts a configuration in force; null with the reason in words while there is none.</summary>
    public void Configure(LoadBalancerConfiguration? configuration, string whyNone, Instant now)
    {
        if (configuration == _allocator.Configuration && whyNone == _whyNoConfiguration)
            return;
        _whyNoConfiguration = whyNone;
        if (configuration is not null)
            _allocator.Configure(configuration, now);
        _everythingUndecided = true;
    }

    /// <summary>Takes note of what the watch shows, and takes back the addresses of what is gone.</summary>
    /// <param name="version">The version of the store, read before <paramref name="services"/>.</param>
    /// <param name="services">All Services.</param>
    /// <param name="now">The time of the release.</param>
    /// <returns>The Services that are gone and had an address.</returns>
    public IReadOnlyList<(ServiceKey Service, InetAddress Address)> See(string? version, ImmutableDictionary<ObjectName, V1Service> services, Instant now)
    {
        if (ReferenceEquals(services, _seen))
            return [];
        var shown = 0;
        foreach (var (name, service) in services)
        {
            var key = new ServiceKey(name.Namespace ?? "", name.Name);
            if (_entries.TryGetValue(key, out var entry))
            {
                shown++;
                if (!ReferenceEquals(entry.Seen, service))
                {
                    entry.Seen = service;
                    Update(key, entry, service);
                }
            }
            else if (ResourceVersions.IsAtLeast(_listVersion, service.Metadata.ResourceVersion) != true)
            {
                // What is older than the first list and not in it was deleted since, which the watch has yet to learn.
                shown++;
                _entries.Add(key, new(service) { Seen = service });
                _undecided.Add(key);
            }
        }

        _seen = services;
        if (shown == _entries.Count)
            return [];
        // An object that the watch does not show is gone only if the watch is past it.
        List<ServiceKey> gone =
        [
            .. from entry in _entries
            where !services.ContainsKey(new(entry.Key.Namespace, entry.Key.Name))
                && ResourceVersions.IsAtLeast(version, entry.Value.Latest.Metadata.ResourceVersion) != false
            select entry.Key,
        ];
        var released = new List<(ServiceKey, InetAddress)>();
        foreach (var key in gone)
        {
            Forget(_entries[key]);
            _entries.Remove(key);
            _undecided.Remove(key);
            _waiting.Remove(key);
            if (_allocator.Release(key, now) is { } address)
                released.Add((key, address));
        }

        _freed |= released.Count > 0;
        return released;
    }

    /// <summary>Takes note of one object that was read or written apart from the watch.</summary>
    public void See(V1Service service)
    {
        var key = ServiceReader.Key(service);
        if (_entries.TryGetValue(key, out var entry))
            Update(key, entry, service);
    }

    /// <summary>Decides what changed and what may go on now.</summary>
    /// <returns>The Services whose status may have to be written, the oldest first; see <see cref="ChangeOf"/>.</returns>
    public IReadOnlyList<ServiceKey> Decide(Instant now)
    {
        if (_everythingUndecided)
            _undecided.UnionWith(_entries.Keys);
        var freed = _freed;
        (_everythingUndecided, _freed) = (false, false);
        if (_undecided.Count == 0 && !freed)
            return [];

        var touched = _undecided.ToHashSet();
        _undecided.Clear();
        var requests = new List<AllocationRequest>();
        foreach (var key in touched)
        {
            if (Judge(key, _entries[key]) is { } request)
                requests.Add(request);
            else if (!IsKept(_entries[key]))
                freed |= _allocator.Release(key, now) is not null;
        }

        if (freed)
            AddWaiting(requests, touched);
        if (Allocate(requests, now) && !freed)
        {
            requests.Clear();
            AddWaiting(requests, touched);
            Allocate(requests, now);
        }

        return [.. touched.Select(key => (Key: key, _entries[key].Latest.Metadata.CreationTimestamp)).Order(ByAge).Select(aged => aged.Key)];
    }

    /// <summary>What has to be written to a Service, or null.</summary>
    public StatusChange? ChangeOf(ServiceKey key) =>
        _entries.TryGetValue(key, out var entry) && entry.Desired is { } desired ? StatusChange.Between(entry.Latest, desired, entry.Released) : null;

    private static readonly Comparer<(ServiceKey Key, DateTimeOffset? CreatedAt)> ByAge = Comparer<(ServiceKey Key, DateTimeOffset? CreatedAt)>.Create(
        (left, right) => Nullable.Compare(left.CreatedAt, right.CreatedAt) is var byAge and not 0 ? byAge : left.Key.CompareTo(right.Key));

    private void Update(ServiceKey key, Entry entry, V1Service service)
    {
        var known = entry.Latest.Metadata;
        if (service.Metadata.ResourceVersion == known.ResourceVersion || ResourceVersions.IsAtLeast(known.ResourceVersion, service.Metadata.ResourceVersion) == true)
            return;
        if (service.Metadata.Uid != known.Uid)
            entry.Promised = null;
        entry.Recreated |= service.Metadata.Uid != known.Uid;
        entry.Latest = service;
        _undecided.Add(key);
    }

    /// <summary>Settles every Service that is not for the allocator to decide; gives the request of the others.</summary>
    private AllocationRequest? Judge(ServiceKey key, Entry entry)
    {
        var shown = ServiceReader.StatusAddresses(entry.Latest);
        if (entry.Promised is { } promised && shown.Contains(promised))
            entry.Promised = null;
        if (entry.Promised is null)
            entry.Released = null;
        // A Service that is being deleted keeps what it has until it is gone, and gets nothing new.
        if (entry.Latest.Metadata.DeletionTimestamp is not null)
        {
            Desire(key, entry, null);
            return null;
        }

        switch (_reader.Read(entry.Latest))
        {
            case ServiceReading.NotOurs(var reason):
                entry.Promised = null;
                Desire(key, entry, IsLeftByUs(key, entry, reason, shown) ? DesiredStatus.Cleared : null);
                return null;
            case ServiceReading.Unusable(var refusal):
                entry.Promised = null;
                Desire(key, entry, DesiredStatus.Of(refusal));
                return null;
            case ServiceReading.Wants(var request) when _allocator.Configuration is not null:
                return entry.Promised is { } unconfirmed ? request with { Current = [unconfirmed] } : request;
            default:
                // Without a configuration nobody knows whether an address is right: it stays.
                Desire(key, entry, shown.IsEmpty ? new(null, AllocationReason.NoConfiguration, _whyNoConfiguration) : null);
                return null;
        }
    }

    private static bool IsKept(Entry entry) => entry.Latest.Metadata.DeletionTimestamp is not null && !entry.Recreated;

    /// <summary>
    /// Whether a Service that is not ours shows what we once gave it. The condition alone does not say so when the class differs:
    /// another instance of this program may serve it.
    /// </summary>
    private bool IsLeftByUs(ServiceKey key, Entry entry, NotOursReason reason, EquatableArray<InetAddress> shown)
    {
        if (StatusChange.Between(entry.Latest, DesiredStatus.Cleared, released: null) is null)
            return false;
        if (_allocator.Find(key) is not null || entry.Desired == DesiredStatus.Cleared)
            return true;
        return reason == NotOursReason.NotLoadBalancer
            && (StatusChange.ConditionOf(entry.Latest) is not null || shown.Any(address => _allocator.PoolOf(address) is not null));
    }

    private bool Allocate(List<AllocationRequest> requests, Instant now)
    {
        var freed = false;
        foreach (var request in requests)
        {
            // A Service that took the name of a deleted one starts without its address.
            if (_entries[request.Service].Recreated)
                freed |= _allocator.Release(request.Service, now) is not null;
            _entries[request.Service].Recreated = false;
        }

        foreach (var decision in _allocator.AllocateAll(requests, now))
        {
            var entry = _entries[decision.Service];
            entry.Released = decision.Released ?? entry.Released;
            freed |= decision.Released is not null;
            Desire(decision.Service, entry, DesiredStatus.Of(decision));
            if (decision is AllocationDecision.Granted granted && !ServiceReader.StatusAddresses(entry.Latest).Contains(granted.Allocation.Address))
                entry.Promised = granted.Allocation.Address;
        }

        return freed;
    }

    private void AddWaiting(List<AllocationRequest> requests, HashSet<ServiceKey> touched)
    {
        var known = requests.Select(request => request.Service).ToHashSet();
        foreach (var key in _waiting.Except(known).ToArray())
        {
            var released = _entries[key].Released;
            if (Judge(key, _entries[key]) is not { } request)
                continue;
            _entries[key].Released = released;
            touched.Add(key);
            requests.Add(request);
        }
    }

    private void Desire(ServiceKey key, Entry entry, DesiredStatus? desired)
    {
        Forget(entry);
        entry.Desired = desired;
        if (desired?.Reason is { } reason)
            Reasons[reason] = Reasons.GetValueOrDefault(reason) + 1;
        if (desired is { Address: null, Reason: not null })
            _waiting.Add(key);
        else
            _waiting.Remove(key);
    }

    private void Forget(Entry entry)
    {
        if (entry.Desired?.Reason is { } before)
            Reasons[before]--;
    }

    private sealed class Entry(V1Service latest)
    {
        /// <summary>The object that the watch showed last.</summary>
        public V1Service? Seen { get; set; }

        /// <summary>The newest object of all that were seen, read and written.</summary>
        public V1Service Latest { get; set; } = latest;

        /// <summary>Null: nothing is to be written.</summary>
        public DesiredStatus? Desired { get; set; }

        /// <summary>What the last decision took away.</summary>
        public ReleasedAddress? Released { get; set; }

        /// <summary>An address that was decided and that no status has shown yet.</summary>
        public InetAddress? Promised { get; set; }

        /// <summary>Another object has taken the name since the last decision.</summary>
        public bool Recreated { get; set; }
    }
}
