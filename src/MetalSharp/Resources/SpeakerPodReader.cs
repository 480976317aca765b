using MetalSharp.Kubernetes.Models;
using MetalSharp.Membership;
using MetalSharp.Net;

namespace MetalSharp.Resources;

/// <summary>The pods of the speakers, as members.</summary>
internal static class SpeakerPodReader
{
    /// <summary>The labels that deploy/ gives to the pods of speakers.</summary>
    public const string Selector = "app.kubernetes.io/name=metalsharp,app.kubernetes.io/component=speaker";

    /// <summary>Keeps what <see cref="Read"/> reads, and what names the object.</summary>
    public static V1Pod Trim(V1Pod pod) => new()
    {
        Metadata = new V1ObjectMeta
        {
            Name = pod.Metadata.Name,
            Namespace = pod.Metadata.Namespace,
            ResourceVersion = pod.Metadata.ResourceVersion,
        },
        Spec = new V1PodSpec { NodeName = pod.Spec?.NodeName },
        Status = new V1PodStatus { Phase = pod.Status?.Phase, HostIP = pod.Status?.HostIP, PodIP = pod.Status?.PodIP },
    };

    /// <summary>Null for a pod that has no node or no address yet, or that has ended: evicted pods stay listed.</summary>
    public static Member? Read(V1Pod pod)
    {
        if (pod.Spec?.NodeName is not { Length: > 0 } node || pod.Status?.Phase is "Failed" or "Succeeded")
            return null;
        return InetAddress.TryParse(pod.Status?.PodIP ?? pod.Status?.HostIP, out var address) ? new Member(new NodeName(node), address) : null;
    }
}
