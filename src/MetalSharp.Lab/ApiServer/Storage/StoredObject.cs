using System.Collections.Immutable;
using System.Text.Json.Nodes;
using MetalSharp.Lab.ApiServer.Resources;

namespace MetalSharp.Lab.ApiServer.Storage;

/// <summary>
/// One version of one object, never changed after it was made: its JSON in the storage version of its resource, and what
/// selectors need without parsing it again.
/// </summary>
internal sealed class StoredObject
{
    private static readonly ImmutableDictionary<string, string> NoLabels = ImmutableDictionary<string, string>.Empty;

    public StoredObject(ObjectKey key) : this(key, 0, "", [], NoLabels, [])
    {
    }

    private StoredObject(
        ObjectKey key, long revision, string uid, byte[] json, IReadOnlyDictionary<string, string> labels, string[] fields)
    {
        Key = key;
        Revision = revision;
        Uid = uid;
        Json = json;
        Labels = labels;
        Fields = fields;
    }

    public ObjectKey Key { get; }

    public long Revision { get; }

    public string Uid { get; }

    public ReadOnlyMemory<byte> Json { get; }

    public IReadOnlyDictionary<string, string> Labels { get; }

    /// <summary>The values of <see cref="ResourceType.SelectableFields"/>, in that order.</summary>
    public string[] Fields { get; }

    public bool IsTerminating { get; private init; }

    public string[] OwnerUids { get; private init; } = [];

    public string[] Finalizers { get; private init; } = [];

    public static StoredObject Create(ResourceType type, JsonObject source, long revision)
    {
        var meta = source.Meta();
        meta["resourceVersion"] = revision.ToString(System.Globalization.CultureInfo.InvariantCulture);
        IReadOnlyDictionary<string, string> labels = meta["labels"] is JsonObject { Count: > 0 } given
            ? given.ToDictionary(label => label.Key, label => label.Value.AsText() ?? "")
            : NoLabels;
        var fields = type.SelectableFields.Length == 0 ? [] : new string[type.SelectableFields.Length];
        for (var i = 0; i < fields.Length; i++)
            fields[i] = type.SelectableFields[i].Read(source);
        var key = new ObjectKey(meta.Text("namespace") ?? "", meta.Text("name")!);
        return new StoredObject(key, revision, meta.Text("uid") ?? "", source.ToUtf8(), labels, fields)
        {
            IsTerminating = meta["deletionTimestamp"] is not null,
            OwnerUids = Texts(meta.List("ownerReferences").Select(owner => owner.Text("uid"))),
            Finalizers = Texts(meta.List("finalizers").Select(finalizer => finalizer.AsText())),
        };
    }

    private static string[] Texts(IEnumerable<string?> texts) => texts.OfType<string>().ToArray();

    /// <summary>A copy of the object that the caller may change.</summary>
    public JsonObject Parse() => JsonNode.Parse(Json.Span)!.AsObject();
}
