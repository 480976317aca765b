using Microsoft.Extensions.Logging;

namespace MetalSharp.Kubernetes;

/// <summary>Which lease is contended for, by whom, and its times.</summary>
public sealed record LeaseElectionOptions
{
    public required string Namespace { get; init; }

    public required string Name { get; init; }

    /// <summary>Differs between all contenders, such as the name of the pod.</summary>
    public required string Identity { get; init; }

    /// <summary>How long the others wait after the last renewal that they saw.</summary>
    public TimeSpan LeaseDuration { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>After how long without a renewal the leader stops leading.</summary>
    public TimeSpan RenewDeadline { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The time between two attempts.</summary>
    public TimeSpan RetryPeriod { get; init; } = TimeSpan.FromSeconds(2);
}

/// <summary>Elects one leader among the processes that contend for a Lease.</summary>
public sealed class LeaseElection(KubernetesClient client, LeaseElectionOptions options, TimeProvider time, ILogger logger)
{
    public bool IsLeader { get; private set; }

    /// <summary>Who leads as far as we know; null when nobody does.</summary>
    public string? Holder { get; private set; }

    /// <summary>
    /// Contends until stopped. Whenever the lease is ours, runs <paramref name="whileLeading"/>, whose token is cancelled when leadership
    /// ends; it is awaited before anything else happens. A clean stop releases the lease.
    /// </summary>
    public Task RunAsync(Func<CancellationToken, Task> whileLeading, CancellationToken stop) => throw new NotImplementedException($"{client}{options}{time}{logger}");
}
