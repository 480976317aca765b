using System.Text.Json.Serialization;

namespace MetalSharp.Kubernetes.Models;

/// <summary>Something that happened to an object, for people to read. The server forgets it after about an hour.</summary>
public sealed record EventsV1Event : IKubernetesObject
{
    public string? ApiVersion { get; init; }

    public string? Kind { get; init; }

    public V1ObjectMeta Metadata { get => field ?? V1ObjectMeta.Empty; init; }

    [JsonConverter(typeof(MicroTimeConverter))]
    public DateTimeOffset? EventTime { get; init; }

    public EventsV1EventSeries? Series { get; init; }

    public string? ReportingController { get; init; }

    public string? ReportingInstance { get; init; }

    public string? Action { get; init; }

    public string? Reason { get; init; }

    public V1ObjectReference? Regarding { get; init; }

    public V1ObjectReference? Related { get; init; }

    /// <summary>At most 1 kB.</summary>
    public string? Note { get; init; }

    /// <summary><c>Normal</c> or <c>Warning</c>.</summary>
    public string? Type { get; init; }

    /// <summary>Like the other deprecated fields only in events that were written through the core group: the server refuses it here.</summary>
    public V1EventSource? DeprecatedSource { get; init; }

    [JsonConverter(typeof(TimeConverter))]
    public DateTimeOffset? DeprecatedFirstTimestamp { get; init; }

    [JsonConverter(typeof(TimeConverter))]
    public DateTimeOffset? DeprecatedLastTimestamp { get; init; }

    public int? DeprecatedCount { get; init; }
}

/// <summary>How often an event happened again.</summary>
public sealed record EventsV1EventSeries
{
    /// <summary>The occurrences so far, the first one included: at least 2.</summary>
    public int Count { get; init; }

    [JsonConverter(typeof(MicroTimeConverter))]
    public DateTimeOffset? LastObservedTime { get; init; }
}

/// <summary>The component, and the host it runs on.</summary>
public sealed record V1EventSource
{
    public string? Component { get; init; }

    public string? Host { get; init; }
}
