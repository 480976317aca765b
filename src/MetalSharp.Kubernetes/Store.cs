using System.Collections.Immutable;
using MetalSharp.Kubernetes.Models;

namespace MetalSharp.Kubernetes;

/// <summary>
/// The objects of a kind as an <see cref="Informer{T}"/> last saw them. One writer, the informer; any number of readers on any thread,
/// each of which gets an immutable snapshot that is as old as its last look.
/// </summary>
public sealed class Store<T> where T : class, IKubernetesObject
{
    private volatile State _state = new(ImmutableDictionary<ObjectName, T>.Empty, null);

    /// <summary>The snapshot. It stays as it is while the API is away.</summary>
    public ImmutableDictionary<ObjectName, T> Objects => _state.Objects;

    /// <summary>Whether a complete list was seen since the start.</summary>
    public bool HasSynced => _state.ResourceVersion is not null;

    /// <summary>The version of the snapshot; null before the first list.</summary>
    public string? ResourceVersion => _state.ResourceVersion;

    public T? Find(ObjectName name) => Objects.GetValueOrDefault(name);

    internal void Set(ImmutableDictionary<ObjectName, T> objects, string resourceVersion) => _state = new(objects, resourceVersion);

    private sealed record State(ImmutableDictionary<ObjectName, T> Objects, string? ResourceVersion);
}
