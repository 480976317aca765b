using MetalSharp.Kubernetes.Models;
using Microsoft.Extensions.Logging;

namespace MetalSharp.Kubernetes;

/// <summary>Whether an event is news or trouble.</summary>
public enum EventType
{
    Normal,
    Warning,
}

/// <summary>Writes Events for people to read. Recording never waits; the loop writes when the server is there.</summary>
/// <param name="client">Where they are written.</param>
/// <param name="controller">The name of the program, such as <c>example.io/controller</c>.</param>
/// <param name="instance">The name of this process, such as its pod.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Told of events that could not be written.</param>
public sealed class EventRecorder(KubernetesClient client, string controller, string instance, TimeProvider time, ILogger logger)
{
    /// <summary>Events that were not written: the queue was full, or the server refused them.</summary>
    public long Dropped { get; private set; }

    /// <summary>Takes note of an event about an object. May be called from any thread.</summary>
    /// <param name="regarding">The object.</param>
    /// <param name="type">News or trouble.</param>
    /// <param name="reason">A CamelCase word, for programs.</param>
    /// <param name="action">What was done or tried, a CamelCase word.</param>
    /// <param name="note">A sentence, for people; cut to 1 kB.</param>
    public void Record(V1ObjectReference regarding, EventType type, string reason, string action, string note) => throw new NotImplementedException();

    /// <summary>Writes what was recorded, until stopped.</summary>
    public Task RunAsync(CancellationToken stop) => throw new NotImplementedException($"{client}{controller}{instance}{time}{logger}");
}
