namespace MetalSharp.Kubernetes;

/// <summary>Which objects a list gives, and how many at a time.</summary>
public sealed record ListOptions
{
    /// <summary>The most items on a page; null for all at once.</summary>
    public int? Limit { get; init; }

    /// <summary>From the metadata of the page before.</summary>
    public string? Continue { get; init; }

    public string? LabelSelector { get; init; }

    public string? FieldSelector { get; init; }

    /// <summary>Null for the latest state; <c>0</c> for any state that the server has at hand.</summary>
    public string? ResourceVersion { get; init; }

    /// <summary><c>Exact</c> or <c>NotOlderThan</c>.</summary>
    public string? ResourceVersionMatch { get; init; }
}

/// <summary>Which changes a watch gives, and from where.</summary>
public sealed record WatchOptions
{
    /// <summary>The version after which events are wanted. Null starts with an Added event for every object there is.</summary>
    public string? ResourceVersion { get; init; }

    public string? LabelSelector { get; init; }

    public string? FieldSelector { get; init; }

    /// <summary>When the server shall end the watch; it also ends it earlier at times.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Ask for the events that only say how far the server is.</summary>
    public bool AllowBookmarks { get; init; }
}

/// <summary>When a deletion is allowed, and what becomes of the objects that belong to the deleted one.</summary>
public sealed record DeleteOptions
{
    /// <summary>Delete only the object with this uid, not one that took its name since.</summary>
    public string? Uid { get; init; }

    /// <summary>Delete only this state of the object.</summary>
    public string? ResourceVersion { get; init; }

    public PropagationPolicy? Propagation { get; init; }
}

/// <summary>What becomes of the objects that belong to a deleted one.</summary>
public enum PropagationPolicy
{
    /// <summary>They stay, without an owner.</summary>
    Orphan,

    /// <summary>They go afterwards.</summary>
    Background,

    /// <summary>They go first.</summary>
    Foreground,
}
