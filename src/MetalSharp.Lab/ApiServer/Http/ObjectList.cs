using System.Globalization;
using System.Text;
using MetalSharp.Lab.ApiServer.Resources;
using MetalSharp.Lab.ApiServer.Selectors;
using MetalSharp.Lab.ApiServer.Storage;

namespace MetalSharp.Lab.ApiServer.Http;

/// <summary>What a list asks for.</summary>
internal sealed record ListQuery
{
    public LabelSelector Labels { get; init; } = LabelSelector.Everything;

    public FieldSelector Fields { get; init; } = FieldSelector.Everything;

    /// <summary>Objects for a page; 0 for all.</summary>
    public int Limit { get; init; }

    public string Continue { get; init; } = "";

    public string ResourceVersion { get; init; } = "";

    public bool IsExact { get; init; }
}

/// <summary>A page of a list. All pages show the state the first one was read from, as long as that state is remembered.</summary>
internal sealed record ObjectList(IReadOnlyList<StoredObject> Items, long Revision, string? Continue, long? Remaining)
{
    public static ObjectList Read(ClusterStore store, ServedResource resource, string @namespace, ListQuery query)
    {
        var log = store.Log(resource.Type.Bucket);
        // In this order: what is published is visible, and what is newer than published is at least as new as it says.
        var published = store.Revision;
        var state = log.Newest;
        var revision = Math.Max(published, state.Revision);
        ObjectKey? after = null;
        if (query.Continue.Length > 0)
        {
            (revision, var last) = ReadContinue(query.Continue);
            after = last;
            state = log.At(revision) ?? throw ApiException.Expired(
                "The provided continue parameter is too old to display a consistent list result. "
                + "You can start a new list without the continue parameter.");
        }
        else if (query.ResourceVersion is { Length: > 0 } and not "0")
        {
            if (!long.TryParse(query.ResourceVersion, NumberStyles.None, CultureInfo.InvariantCulture, out var wanted))
                throw ApiException.BadRequest($"invalid resource version \"{query.ResourceVersion}\"");
            if (wanted > revision)
                throw new ApiException(504, "Timeout", $"Too large resource version: {wanted}, current: {revision}");
            if (query.IsExact)
            {
                state = log.At(wanted) ?? throw ApiException.Expired($"The resourceVersion for the provided list is too old: {wanted}");
                revision = wanted;
            }
        }

        if (query.Fields.Name is { } name && @namespace.Length > 0 == resource.Type.Namespaced && after is null)
        {
            // The usual way of kubectl to read one object by a list: no need to look at the others.
            var found = state.After.TryGetValue(new StoredObject(new ObjectKey(@namespace, name)), out var one)
                && query.Fields.Matches(one) && query.Labels.Matches(one.Labels);
            return new ObjectList(found ? [one] : [], revision, null, null);
        }

        var range = ObjectRange.Of(state.After, resource.Type.Namespaced ? @namespace : "");
        if (after is { } behind)
            range = range.Behind(behind);
        var items = new List<StoredObject>(query.Limit > 0 ? Math.Min(query.Limit, range.Count) : range.Count);
        var looked = 0;
        foreach (var stored in range)
        {
            if (query.Limit > 0 && items.Count == query.Limit)
            {
                var isSelecting = query.Labels != LabelSelector.Everything || query.Fields != FieldSelector.Everything;
                return new ObjectList(items, revision, WriteContinue(revision, items[^1].Key), isSelecting ? null : range.Count - looked);
            }
            looked++;
            if (query.Fields.Matches(stored) && query.Labels.Matches(stored.Labels))
                items.Add(stored);
        }
        return new ObjectList(items, revision, null, null);
    }

    private static string WriteContinue(long revision, ObjectKey last) =>
        Convert.ToBase64String(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{revision}/{last.Namespace}/{last.Name}")));

    private static (long Revision, ObjectKey Last) ReadContinue(string token)
    {
        Span<byte> bytes = stackalloc byte[1024];
        if (Convert.TryFromBase64String(token, bytes, out var length)
            && Encoding.UTF8.GetString(bytes[..length]).Split('/') is [var revision, var @namespace, var name]
            && long.TryParse(revision, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return (number, new ObjectKey(@namespace, name));
        }
        throw ApiException.BadRequest("continue key is not valid");
    }
}
