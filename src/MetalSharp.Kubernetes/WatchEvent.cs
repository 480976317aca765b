using MetalSharp.Kubernetes.Models;

namespace MetalSharp.Kubernetes;

/// <summary>What an event of a watch says.</summary>
public enum WatchEventType
{
    Added,
    Modified,
    Deleted,

    /// <summary>Nothing changed up to this version; the item has no more than its metadata's resource version.</summary>
    Bookmark,

    /// <summary>The watch ends here; <see cref="WatchEvent{T}.Error"/> says why.</summary>
    Error,
}

/// <summary>One event of a watch: an object, or for <see cref="WatchEventType.Error"/> the server's status.</summary>
public readonly record struct WatchEvent<T>(WatchEventType Type, T? Item, V1Status? Error) where T : class, IKubernetesObject;
