using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using MetalSharp.Controller;
using MetalSharp.Kubernetes;
using MetalSharp.Kubernetes.Models;

namespace MetalSharp.Tests.Controller;

/// <summary>The Services of an API server: versions, optimistic locking and merge patches, and a watch that lags as far behind as the test says.</summary>
internal sealed class FakeServices
{
    private static readonly DateTimeOffset WallClock = new(2026, 11, 20, 8, 0, 0, TimeSpan.Zero);

    private ImmutableDictionary<ObjectName, V1Service> _objects = ImmutableDictionary<ObjectName, V1Service>.Empty;
    private int _version = 100;

    public FakeServices() => Seen = _objects;

    /// <summary>What the watch shows: the state of the last <see cref="CatchUp"/>.</summary>
    public ImmutableDictionary<ObjectName, V1Service> Seen { get; private set; }

    public string SeenVersion { get; private set; } = "100";

    /// <summary>Every write of a status that was accepted, in order.</summary>
    public List<StatusChange> Writes { get; } = [];

    public V1Service this[string name] => _objects[new("default", name)];

    public string? AddressOf(string name) => this[name].Status?.LoadBalancer?.Ingress is [var only] ? only.Ip : null;

    public V1Condition? ConditionOf(string name) => StatusChange.ConditionOf(this[name]);

    public KubernetesList<V1Service> List() => new() { Metadata = new() { ResourceVersion = Text(_version) }, Items = [.. _objects.Values] };

    public V1Service Create(string name, V1ServiceSpec? spec = null, params (string Key, string Value)[] annotations)
    {
        var version = ++_version;
        return Store(new()
        {
            Metadata = new()
            {
                Namespace = "default",
                Name = name,
                Uid = $"uid-{version}",
                ResourceVersion = Text(version),
                CreationTimestamp = WallClock.AddSeconds(version),
                Annotations = annotations.ToDictionary(pair => pair.Key, pair => pair.Value),
            },
            Spec = spec ?? new() { Type = "LoadBalancer", ClusterIP = "10.96.0.1", ClusterIPs = ["10.96.0.1"] },
        });
    }

    public V1Service Change(string name, Func<V1Service, V1Service> change) => Store(Versioned(change(this[name])));

    public void Delete(string name)
    {
        _version++;
        _objects = _objects.Remove(new("default", name));
    }

    public void CatchUp() => (Seen, SeenVersion) = (_objects, Text(_version));

    /// <summary>Writes a status as the API server does; null when the object has changed or is gone.</summary>
    public V1Service? TryWrite(StatusChange change)
    {
        var name = ObjectName.Of(change.Basis);
        if (!_objects.TryGetValue(name, out var current))
            return null;
        var patch = JsonNode.Parse(change.ToPatch(WallClock.AddSeconds(_version)).Body.Span)!.AsObject();
        if ((string?)patch["metadata"]!["resourceVersion"] != current.Metadata.ResourceVersion)
            return null;
        var merged = Merged(JsonSerializer.SerializeToNode(current, ResourceKinds.Services.ObjectType), patch);
        Writes.Add(change);
        return Store(Versioned(merged.Deserialize(ResourceKinds.Services.ObjectType)!));
    }

    /// <summary>Lets a ledger decide and write until there is nothing to write any more.</summary>
    public void Settle(ServiceLedger ledger, Instant now)
    {
        for (var turn = 0; turn < 10; turn++)
        {
            CatchUp();
            ledger.See(SeenVersion, Seen, now);
            var changes = ledger.Decide(now).Select(ledger.ChangeOf).OfType<StatusChange>().ToArray();
            if (changes.Length == 0)
                return;
            foreach (var change in changes)
                ledger.See(TryWrite(change) ?? _objects[ObjectName.Of(change.Basis)]);
        }

        Assert.Fail("the ledger does not come to rest");
    }

    private V1Service Versioned(V1Service service) => service with { Metadata = service.Metadata with { ResourceVersion = Text(++_version) } };

    private V1Service Store(V1Service service)
    {
        _objects = _objects.SetItem(ObjectName.Of(service), service);
        return service;
    }

    // RFC 7386.
    private static JsonNode? Merged(JsonNode? target, JsonNode? patch)
    {
        if (patch is not JsonObject changes)
            return patch?.DeepClone();
        var result = (target as JsonObject)?.DeepClone().AsObject() ?? [];
        foreach (var (key, value) in changes)
        {
            if (value is null)
                result.Remove(key);
            else
                result[key] = Merged(result[key], value);
        }

        return result;
    }

    private static string Text(int version) => version.ToString(CultureInfo.InvariantCulture);
}
