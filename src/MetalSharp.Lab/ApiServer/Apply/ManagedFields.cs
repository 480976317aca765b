using System.Text.Json.Nodes;

namespace MetalSharp.Lab.ApiServer.Apply;

/// <summary>The content of <c>metadata.managedFields</c>: who owns which fields, and since when.</summary>
internal sealed class ManagedFields
{
    private readonly List<(FieldManager Manager, string? Time, FieldSet Fields)> _entries = [];

    public static ManagedFields Read(JsonNode? json)
    {
        var read = new ManagedFields();
        foreach (var entry in (json as JsonArray ?? []).OfType<JsonObject>())
        {
            var manager = new FieldManager(
                entry.Text("manager") ?? "", entry.Text("operation") ?? "", entry.Text("apiVersion") ?? "", entry.Text("subresource") ?? "");
            read._entries.Add((manager, entry.Text("time"), FieldSet.FromJson(entry["fieldsV1"] as JsonObject)));
        }
        return read;
    }

    public static bool IsReadable(JsonArray json) => json.All(entry =>
        entry.Text("operation") is FieldManager.ApplyOperation or FieldManager.UpdateOperation
        && entry.Text("fieldsType") == "FieldsV1" && entry.At("fieldsV1") is JsonObject);

    public FieldSet Of(FieldManager manager) =>
        Find(manager) is var index and >= 0 ? _entries[index].Fields : FieldSet.Empty;

    public FieldSet All() => _entries.Aggregate(FieldSet.Empty, (all, entry) => all.Union(entry.Fields));

    /// <summary>Gives a manager exactly these fields; the time moves only when they differ.</summary>
    public void Set(FieldManager manager, FieldSet fields, string now)
    {
        var index = Find(manager);
        if (index < 0)
            _entries.Add((manager, now, fields));
        else if (!_entries[index].Fields.SameAs(fields) || _entries[index].Manager != manager)
            _entries[index] = (manager, now, fields);
    }

    public void TakeFromOthers(FieldManager manager, FieldSet fields)
    {
        for (var i = 0; i < _entries.Count; i++)
        {
            if (!IsSame(_entries[i].Manager, manager))
                _entries[i] = _entries[i] with { Fields = _entries[i].Fields.Without(fields) };
        }
    }

    public void Forget(FieldSet fields)
    {
        for (var i = 0; i < _entries.Count; i++)
            _entries[i] = _entries[i] with { Fields = _entries[i].Fields.Without(fields) };
    }

    public IReadOnlyList<(FieldManager Manager, string? Time, FieldSet Fields)> ConflictsOf(FieldManager manager, FieldSet fields) =>
    [
        .. _entries.Where(entry => !IsSame(entry.Manager, manager))
            .Select(entry => entry with { Fields = entry.Fields.Intersect(fields) })
            .Where(entry => !entry.Fields.IsEmpty),
    ];

    public bool SameAs(ManagedFields other) => _entries.Count == other._entries.Count
        && _entries.Zip(other._entries).All(pair => pair.First.Manager == pair.Second.Manager && pair.First.Fields.SameAs(pair.Second.Fields));

    public void Write(JsonObject target)
    {
        var entries = _entries.Where(entry => !entry.Fields.IsEmpty).Select(ToJson).ToArray();
        if (entries.Length == 0)
            target.Meta().Remove("managedFields");
        else
            target.Meta()["managedFields"] = new JsonArray(entries);
    }

    private int Find(FieldManager manager) => _entries.FindIndex(entry => IsSame(entry.Manager, manager));

    // An applier stays itself when it moves to another version of the API; an updater does not.
    private static bool IsSame(FieldManager left, FieldManager right) =>
        left.Applies && right.Applies ? left with { ApiVersion = "" } == right with { ApiVersion = "" } : left == right;

    private static JsonObject ToJson((FieldManager Manager, string? Time, FieldSet Fields) entry)
    {
        var json = new JsonObject
        {
            ["manager"] = entry.Manager.Name,
            ["operation"] = entry.Manager.Operation,
            ["apiVersion"] = entry.Manager.ApiVersion,
        };
        if (entry.Time is not null)
            json["time"] = entry.Time;
        json["fieldsType"] = "FieldsV1";
        json["fieldsV1"] = entry.Fields.ToJson();
        if (entry.Manager.Subresource.Length > 0)
            json["subresource"] = entry.Manager.Subresource;
        return json;
    }
}
