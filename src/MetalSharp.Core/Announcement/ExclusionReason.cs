namespace MetalSharp.Announcement;

/// <summary>Why a node does not announce an address of a Service: the same value in logs, metrics, <c>simulate</c> and tests.</summary>
public enum ExclusionReason
{
    /// <summary>The Service is gone.</summary>
    ServiceDeleted,

    /// <summary>The Service is no LoadBalancer any more, or one of another class.</summary>
    NotLoadBalancer,

    /// <summary>The status of the Service names no address.</summary>
    NoAddressAllocated,

    /// <summary>The status of the Service names other addresses now.</summary>
    AddressChanged,

    /// <summary>No pool of the configuration contains the address.</summary>
    AddressNotInPool,

    /// <summary>The pool of the address is not announced in layer-2 mode.</summary>
    ProtocolNotLayer2,

    /// <summary>No endpoint of the Service can serve, on any node.</summary>
    NoReadyEndpoint,

    /// <summary>externalTrafficPolicy is Local and no endpoint on this node can serve.</summary>
    NoReadyLocalEndpoint,

    /// <summary>No speaker is alive on the node.</summary>
    NoLiveSpeaker,

    /// <summary>A speaker says it runs there, but the cluster has no such Node.</summary>
    NodeUnknown,

    /// <summary>The node carries <see cref="ClusterNode.ExcludeLabel"/>.</summary>
    NodeExcludedByLabel,

    /// <summary>The node's condition NetworkUnavailable is True.</summary>
    NodeNetworkUnavailable,

    /// <summary>The node's condition Ready is not True, and another candidate's is.</summary>
    NodeNotReady,

    /// <summary>The node serves fewer of the Services that share the address than another one does.</summary>
    ServesFewerSharers,

    /// <summary>The node could announce the address, but another one is elected.</summary>
    NotOwner,
}

/// <summary>The names of reasons in logs.</summary>
public static class ExclusionReasons
{
    /// <summary>The name in logs: MetalLB's where it has one for the same thing.</summary>
    public static string LogName(this ExclusionReason reason) => reason switch
    {
        ExclusionReason.ServiceDeleted => "serviceDeleted",
        ExclusionReason.NotLoadBalancer => "notLoadBalancer",
        ExclusionReason.NoAddressAllocated => "noIPAllocated",
        ExclusionReason.AddressChanged => "loadBalancerIPChanged",
        ExclusionReason.AddressNotInPool => "ipNotAllowed",
        ExclusionReason.ProtocolNotLayer2 => "protocolChanged",
        ExclusionReason.NoReadyEndpoint => "noEndpoints",
        ExclusionReason.NoReadyLocalEndpoint => "noLocalEndpoints",
        ExclusionReason.NoLiveSpeaker => "noLiveSpeaker",
        ExclusionReason.NodeUnknown => "nodeUnknown",
        ExclusionReason.NodeExcludedByLabel => "nodeLabeledExcludeBalancers",
        ExclusionReason.NodeNetworkUnavailable => "nodeNetworkUnavailable",
        ExclusionReason.NodeNotReady => "nodeNotReady",
        ExclusionReason.ServesFewerSharers => "servesFewerSharers",
        ExclusionReason.NotOwner => "notOwner",
        _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, null),
    };
}
