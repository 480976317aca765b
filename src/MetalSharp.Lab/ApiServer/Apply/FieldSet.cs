using System.Text.Json.Nodes;

namespace MetalSharp.Lab.ApiServer.Apply;

/// <summary>
/// A set of fields of an object, as <c>metadata.managedFields[].fieldsV1</c> writes it: a tree of path elements
/// (<c>f:</c> a member, <c>k:</c> a list item by its keys, <c>v:</c> a list item by its value). A node that is a member
/// itself is owned as a whole value or as "is there"; its children are owned besides. Immutable.
/// </summary>
internal sealed class FieldSet
{
    private const string Self = ".";

    public static readonly FieldSet Empty = new(false, []);
    public static readonly FieldSet Leaf = new(true, []);

    private readonly SortedDictionary<string, FieldSet> _children;

    private FieldSet(bool isMember, SortedDictionary<string, FieldSet> children)
    {
        IsMember = isMember;
        _children = children;
    }

    public bool IsMember { get; }

    public bool IsEmpty => !IsMember && _children.Count == 0;

    public IEnumerable<KeyValuePair<string, FieldSet>> Children => _children;

    public FieldSet Child(string element) => _children.TryGetValue(element, out var child) ? child : Empty;

    public static FieldSet Of(bool isMember, IEnumerable<KeyValuePair<string, FieldSet>> children)
    {
        var kept = new SortedDictionary<string, FieldSet>(StringComparer.Ordinal);
        foreach (var (element, child) in children)
        {
            if (!child.IsEmpty)
                kept[element] = child;
        }
        return isMember || kept.Count > 0 ? new FieldSet(isMember, kept) : Empty;
    }

    public FieldSet Union(FieldSet other)
    {
        if (IsEmpty)
            return other;
        if (other.IsEmpty)
            return this;
        return Of(IsMember || other.IsMember, Elements(other).Select(element =>
            KeyValuePair.Create(element, Child(element).Union(other.Child(element)))));
    }

    public FieldSet Intersect(FieldSet other) => IsEmpty || other.IsEmpty
        ? Empty
        : Of(IsMember && other.IsMember, _children.Select(child =>
            KeyValuePair.Create(child.Key, child.Value.Intersect(other.Child(child.Key)))));

    public FieldSet Without(FieldSet other) => IsEmpty || other.IsEmpty
        ? this
        : Of(IsMember && !other.IsMember, _children.Select(child =>
            KeyValuePair.Create(child.Key, child.Value.Without(other.Child(child.Key)))));

    public bool SameAs(FieldSet other) => IsMember == other.IsMember && _children.Count == other._children.Count
        && _children.All(child => child.Value.SameAs(other.Child(child.Key)));

    /// <summary>The members as paths people read: <c>.spec.ports[port=80,protocol="TCP"].name</c>.</summary>
    public IEnumerable<string> Paths() => Paths("");

    public JsonObject ToJson()
    {
        var json = new JsonObject();
        if (IsMember && _children.Count > 0)
            json[Self] = new JsonObject();
        foreach (var (element, child) in _children)
            json[element] = child.ToJson();
        return json;
    }

    public static FieldSet FromJson(JsonObject? json, bool isRoot = true)
    {
        if (json is null)
            return Empty;
        var isMember = !isRoot && (json.Count == 0 || json.ContainsKey(Self));
        return Of(isMember, json.Where(member => member.Key != Self)
            .Select(member => KeyValuePair.Create(member.Key, FromJson(member.Value as JsonObject ?? [], isRoot: false))));
    }

    private IEnumerable<string> Elements(FieldSet other) => _children.Keys.Concat(other._children.Keys).Distinct();

    private IEnumerable<string> Paths(string prefix)
    {
        if (IsMember)
            yield return prefix;
        foreach (var (element, child) in _children)
        {
            foreach (var path in child.Paths(prefix + FieldPath.Display(element)))
                yield return path;
        }
    }
}
