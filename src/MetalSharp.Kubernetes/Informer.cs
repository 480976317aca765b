using Microsoft.Extensions.Logging;
using MetalSharp.Kubernetes.Models;

namespace MetalSharp.Kubernetes;

/// <summary>Which objects an informer holds.</summary>
public sealed record InformerOptions
{
    /// <summary>Null for all namespaces.</summary>
    public string? Namespace { get; init; }

    public string? LabelSelector { get; init; }

    public string? FieldSelector { get; init; }
}

/// <summary>What an informer is doing.</summary>
public enum InformerState
{
    /// <summary>Asking for the complete list.</summary>
    Listing,

    /// <summary>Following the changes: the store is up to date.</summary>
    Watching,

    /// <summary>The API is away or refuses: the store keeps its last state, and the next attempt is waited for.</summary>
    BackingOff,
}

/// <summary>Keeps a <see cref="Store{T}"/> equal to what the API server has.</summary>
/// <param name="client">Where the objects are.</param>
/// <param name="kind">Their kind.</param>
/// <param name="options">Which of them.</param>
/// <param name="changed">Called after the store was changed, on the informer's own turn: ring a doorbell and return.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">One line per change of state.</param>
/// <param name="trim">Applied to every object before it is stored, to drop what is not needed.</param>
public sealed class Informer<T>(
    KubernetesClient client,
    ResourceKind<T> kind,
    InformerOptions options,
    Action changed,
    TimeProvider time,
    ILogger logger,
    Func<T, T>? trim = null)
    where T : class, IKubernetesObject
{
    public ResourceKind<T> Kind => kind;

    public Store<T> Store { get; } = new();

    public InformerState State { get; private set; }

    /// <summary>When the server last said something, as a timestamp of the clock; null before the first time.</summary>
    public DateTimeOffset? LastContact { get; private set; }

    /// <summary>Runs until it is stopped; everything else is repaired or tried again.</summary>
    public Task RunAsync(CancellationToken stop) => throw new NotImplementedException($"{client}{options}{changed}{time}{logger}{trim}");
}
