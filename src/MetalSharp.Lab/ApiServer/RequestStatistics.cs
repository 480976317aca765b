using System.Collections.Concurrent;
using System.Collections.Immutable;

namespace MetalSharp.Lab.ApiServer;

/// <summary>One kind of request: who asked for what, and how it ended. Resource includes the subresource.</summary>
internal sealed record RequestKind(string User, string Verb, string Group, string Resource, int Code);

/// <summary>How many requests of each kind were answered. A watch counts when it ends.</summary>
internal sealed record RequestCounts(ImmutableDictionary<RequestKind, long> ByKind)
{
    private static readonly ImmutableHashSet<string> WriteVerbs = ["create", "update", "patch", "delete", "deletecollection"];

    /// <summary>All requests that changed something, or meant to.</summary>
    public long Writes => Total(kind => WriteVerbs.Contains(kind.Verb));

    public long Total(Func<RequestKind, bool> selects) => ByKind.Where(pair => selects(pair.Key)).Sum(pair => pair.Value);

    /// <summary>What came since an earlier snapshot.</summary>
    public RequestCounts Since(RequestCounts earlier) => new(ByKind
        .Select(pair => KeyValuePair.Create(pair.Key, pair.Value - earlier.ByKind.GetValueOrDefault(pair.Key)))
        .Where(pair => pair.Value > 0).ToImmutableDictionary());
}

/// <summary>Counts requests for measurements such as "API writes per Service".</summary>
internal sealed class RequestStatistics
{
    private readonly ConcurrentDictionary<RequestKind, long> _counts = new();

    public void Count(RequestKind kind) => _counts.AddOrUpdate(kind, 1, (_, count) => count + 1);

    public RequestCounts Snapshot() => new(_counts.ToImmutableDictionary());
}
