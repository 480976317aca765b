using System.Text.Json.Serialization;

namespace MetalSharp.Kubernetes.Models;

/// <summary>A set of containers that share a network namespace.</summary>
public sealed record V1Pod : IKubernetesObject
{
    public string? ApiVersion { get; init; }

    public string? Kind { get; init; }

    public V1ObjectMeta Metadata { get => field ?? V1ObjectMeta.Empty; init; }

    public V1PodSpec? Spec { get; init; }

    public V1PodStatus? Status { get; init; }
}

/// <summary>What a pod consists of.</summary>
public sealed record V1PodSpec
{
    public string? NodeName { get; init; }

    public IReadOnlyDictionary<string, string>? NodeSelector { get; init; }

    public string? ServiceAccountName { get; init; }

    public bool? HostNetwork { get; init; }

    public long? TerminationGracePeriodSeconds { get; init; }

    public IReadOnlyList<V1Container>? InitContainers { get; init; }

    public IReadOnlyList<V1Container> Containers { get => field ?? []; init; }
}

/// <summary>One container of a pod.</summary>
public sealed record V1Container
{
    public string? Name { get; init; }

    public string? Image { get; init; }

    public IReadOnlyList<string>? Command { get; init; }

    public IReadOnlyList<string>? Args { get; init; }

    public IReadOnlyList<V1EnvVar>? Env { get; init; }

    public IReadOnlyList<V1ContainerPort>? Ports { get; init; }

    public V1SecurityContext? SecurityContext { get; init; }
}

/// <summary>One environment variable of a container.</summary>
public sealed record V1EnvVar
{
    public string? Name { get; init; }

    public string? Value { get; init; }

    public V1EnvVarSource? ValueFrom { get; init; }
}

/// <summary>Where the value of an environment variable comes from.</summary>
public sealed record V1EnvVarSource
{
    public V1ObjectFieldSelector? FieldRef { get; init; }
}

/// <summary>A field of the pod itself, such as <c>spec.nodeName</c>.</summary>
public sealed record V1ObjectFieldSelector
{
    public string? FieldPath { get; init; }
}

/// <summary>One port of a container.</summary>
public sealed record V1ContainerPort
{
    public string? Name { get; init; }

    public string? Protocol { get; init; }

    public int ContainerPort { get; init; }

    public int? HostPort { get; init; }
}

/// <summary>What a container may do.</summary>
public sealed record V1SecurityContext
{
    public bool? AllowPrivilegeEscalation { get; init; }

    public bool? Privileged { get; init; }

    public bool? ReadOnlyRootFilesystem { get; init; }

    public bool? RunAsNonRoot { get; init; }

    public long? RunAsUser { get; init; }

    public V1Capabilities? Capabilities { get; init; }
}

/// <summary>Linux capabilities, without the prefix <c>CAP_</c>.</summary>
public sealed record V1Capabilities
{
    public IReadOnlyList<string>? Add { get; init; }

    public IReadOnlyList<string>? Drop { get; init; }
}

/// <summary>What was observed of a pod.</summary>
public sealed record V1PodStatus
{
    /// <summary><c>Pending</c>, <c>Running</c>, <c>Succeeded</c>, <c>Failed</c> or <c>Unknown</c>.</summary>
    public string? Phase { get; init; }

    public string? HostIP { get; init; }

    public string? PodIP { get; init; }

    public IReadOnlyList<V1PodIP>? PodIPs { get; init; }

    public IReadOnlyList<V1PodCondition>? Conditions { get; init; }
}

/// <summary>One address of a pod.</summary>
public sealed record V1PodIP
{
    public string? Ip { get; init; }
}

/// <summary>One observed aspect of a pod, such as <c>Ready</c>.</summary>
public sealed record V1PodCondition
{
    public string? Type { get; init; }

    public string? Status { get; init; }

    public string? Reason { get; init; }

    public string? Message { get; init; }

    [JsonConverter(typeof(TimeConverter))]
    public DateTimeOffset? LastTransitionTime { get; init; }
}
