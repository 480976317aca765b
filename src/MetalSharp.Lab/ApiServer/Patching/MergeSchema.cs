using System.Collections.Immutable;

namespace MetalSharp.Lab.ApiServer.Patching;

internal enum ListShape
{
    /// <summary>The list is one value: whoever changes it owns all of it.</summary>
    Atomic,

    /// <summary>Scalars that are each there or not.</summary>
    Set,

    /// <summary>Objects that are told apart by their keys.</summary>
    Map,
}

/// <summary>A member that identifies an item of a list, and what it counts as when the item does not say.</summary>
internal sealed record ListKey(string Name, string? Default = null)
{
    public static implicit operator ListKey(string name) => new(name);
}

/// <summary>
/// How a value is merged: what server-side apply owns piece by piece or whole, and what strategic merge patch matches by
/// which key (the two differ for some lists of the built-in kinds). What a schema does not name is a map that merges by
/// member, or a list that is one value.
/// </summary>
internal sealed class MergeSchema
{
    public static readonly MergeSchema Untyped = new();

    /// <summary>Members of the metadata every object has.</summary>
    private static readonly MergeSchema Metadata = new MergeSchema()
        .With("ownerReferences", MapList(["uid"]))
        .With("finalizers", SetList());

    private ImmutableDictionary<string, MergeSchema> _fields = ImmutableDictionary<string, MergeSchema>.Empty;
    private MergeSchema? _values;
    private MergeSchema? _items;

    public ListShape Shape { get; private init; }

    public ImmutableArray<ListKey> Keys { get; private init; } = [];

    /// <summary>For strategic merge patch: the key items are matched by; empty for scalars; null when the list is replaced.</summary>
    public string? PatchKey { get; private init; }

    /// <summary>The map is one value for server-side apply.</summary>
    public bool IsAtomicMap { get; private init; }

    public MergeSchema Items => _items ?? Untyped;

    public MergeSchema Field(string name) => _fields.TryGetValue(name, out var known) ? known : _values ?? Untyped;

    /// <summary>The schema of a whole object: metadata as everywhere, and what the kind adds.</summary>
    public static MergeSchema ForObject(params ReadOnlySpan<(string Path, MergeSchema Rule)> rules)
    {
        var root = new MergeSchema().With("metadata", Metadata);
        foreach (var (path, rule) in rules)
            root = root.WithPath(path.Split('.'), rule);
        return root;
    }

    public static MergeSchema Of(params ReadOnlySpan<(string Path, MergeSchema Rule)> rules)
    {
        var root = new MergeSchema();
        foreach (var (path, rule) in rules)
            root = root.WithPath(path.Split('.'), rule);
        return root;
    }

    public static MergeSchema AtomicMap() => new() { IsAtomicMap = true };

    /// <summary>A list of scalars that both kinds of patch merge.</summary>
    public static MergeSchema SetList() => new() { Shape = ListShape.Set, PatchKey = "" };

    /// <summary>A list of objects; strategic merge patch goes by the first key unless told otherwise.</summary>
    public static MergeSchema MapList(ImmutableArray<ListKey> keys, MergeSchema? items = null, string? patchKey = null) =>
        new() { Shape = ListShape.Map, Keys = keys, PatchKey = patchKey ?? keys[0].Name, _items = items };

    /// <summary>One value for server-side apply, but matched by a key in strategic merge patch.</summary>
    public static MergeSchema AtomicList(string? patchKey = null, MergeSchema? items = null) => new() { PatchKey = patchKey, _items = items };

    /// <summary>Merged as the custom resource's definition says; strategic merge patch does not exist for those.</summary>
    public static MergeSchema Custom(
        ListShape shape, ImmutableArray<ListKey> keys, bool isAtomicMap, IEnumerable<KeyValuePair<string, MergeSchema>> fields,
        MergeSchema? values, MergeSchema? items) => new()
        {
            Shape = shape,
            Keys = keys,
            IsAtomicMap = isAtomicMap,
            _fields = fields.ToImmutableDictionary(),
            _values = values,
            _items = items,
        };

    /// <summary>Adds the members another schema names, but keeps the metadata all objects have.</summary>
    public MergeSchema WithFieldsOf(MergeSchema other) => Custom(
        Shape, Keys, IsAtomicMap, other._fields.Remove("metadata").Concat(_fields), other._values, null);

    public MergeSchema With(string field, MergeSchema rule) => new()
    {
        Shape = Shape,
        Keys = Keys,
        PatchKey = PatchKey,
        IsAtomicMap = IsAtomicMap,
        _fields = _fields.SetItem(field, rule),
        _values = _values,
        _items = _items,
    };

    private MergeSchema WithPath(ReadOnlySpan<string> path, MergeSchema rule) => path.Length == 1
        ? With(path[0], rule)
        : With(path[0], (_fields.GetValueOrDefault(path[0]) ?? Untyped).WithPath(path[1..], rule));
}
