namespace MetalSharp.Kubernetes.Models;

/// <summary>Keeps a number of equal pods running.</summary>
public sealed record V1Deployment : IKubernetesObject
{
    public string? ApiVersion { get; init; }

    public string? Kind { get; init; }

    public V1ObjectMeta Metadata { get => field ?? V1ObjectMeta.Empty; init; }

    public V1DeploymentSpec? Spec { get; init; }

    public V1DeploymentStatus? Status { get; init; }
}

/// <summary>What the user of a Deployment wants.</summary>
public sealed record V1DeploymentSpec
{
    /// <summary>1 when absent.</summary>
    public int? Replicas { get; init; }

    public V1LabelSelector? Selector { get; init; }

    public V1PodTemplateSpec? Template { get; init; }
}

/// <summary>What was observed of a Deployment.</summary>
public sealed record V1DeploymentStatus
{
    public long? ObservedGeneration { get; init; }

    public int? Replicas { get; init; }

    public int? ReadyReplicas { get; init; }

    public int? UpdatedReplicas { get; init; }

    public int? AvailableReplicas { get; init; }
}

/// <summary>Keeps one pod running on every node that it selects.</summary>
public sealed record V1DaemonSet : IKubernetesObject
{
    public string? ApiVersion { get; init; }

    public string? Kind { get; init; }

    public V1ObjectMeta Metadata { get => field ?? V1ObjectMeta.Empty; init; }

    public V1DaemonSetSpec? Spec { get; init; }

    public V1DaemonSetStatus? Status { get; init; }
}

/// <summary>What the user of a DaemonSet wants.</summary>
public sealed record V1DaemonSetSpec
{
    public V1LabelSelector? Selector { get; init; }

    public V1PodTemplateSpec? Template { get; init; }
}

/// <summary>What was observed of a DaemonSet.</summary>
public sealed record V1DaemonSetStatus
{
    public long? ObservedGeneration { get; init; }

    public int CurrentNumberScheduled { get; init; }

    public int DesiredNumberScheduled { get; init; }

    public int NumberMisscheduled { get; init; }

    public int NumberReady { get; init; }

    public int? UpdatedNumberScheduled { get; init; }

    public int? NumberAvailable { get; init; }
}

/// <summary>The pods that a Deployment or DaemonSet makes.</summary>
public sealed record V1PodTemplateSpec
{
    public V1ObjectMeta Metadata { get => field ?? V1ObjectMeta.Empty; init; }

    public V1PodSpec? Spec { get; init; }
}
