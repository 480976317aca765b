using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace MetalSharp.Lab.ApiServer.Resources;

/// <summary>
/// Which resources are served. Custom ones come and go with their definitions: the store's loop tells; everybody else
/// reads an immutable set.
/// </summary>
internal sealed class ResourceRegistry
{
    private sealed record Key(string Group, string Version, string Plural);

    private sealed record State(
        ImmutableDictionary<Key, ServedResource> ByPath, ImmutableSortedDictionary<string, IReadOnlyList<ServedResource>> Custom);

    private readonly BuiltInResources _builtIns;
    private State _state;

    public ResourceRegistry(BuiltInResources builtIns)
    {
        _builtIns = builtIns;
        _state = new State(Index(builtIns.Served), ImmutableSortedDictionary.Create<string, IReadOnlyList<ServedResource>>(StringComparer.Ordinal));
    }

    /// <summary>All resources: the built-in ones first, in the order in which discovery shows them.</summary>
    public IEnumerable<ServedResource> All => _builtIns.Served.Concat(Volatile.Read(ref _state).Custom.Values.SelectMany(served => served));

    /// <summary>Each kind of stored object once.</summary>
    public IEnumerable<ResourceType> Types => All.Select(served => served.Type).DistinctBy(type => type.Bucket);

    public ServedResource? Find(string group, string version, string plural) =>
        Volatile.Read(ref _state).ByPath.GetValueOrDefault(new Key(group, version, plural));

    /// <summary>Serves what a definition says now; returns what it served before.</summary>
    public IReadOnlyList<ServedResource> Define(string definition, JsonObject? content)
    {
        var before = _state.Custom.GetValueOrDefault(definition) ?? [];
        var custom = content is null ? _state.Custom.Remove(definition) : _state.Custom.SetItem(definition, CustomResources.Of(content));
        Volatile.Write(ref _state, new State(Index(_builtIns.Served.Concat(custom.Values.SelectMany(served => served))), custom));
        return before;
    }

    private static ImmutableDictionary<Key, ServedResource> Index(IEnumerable<ServedResource> served) =>
        served.ToImmutableDictionary(one => new Key(one.Group, one.Version, one.Type.Plural));
}
