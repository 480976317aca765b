namespace MetalSharp.Allocation;

/// <summary>
/// Why a Service has its address, or why it has none. The name of the member is the reason of the condition
/// <c>metalsharp.io/AddressAllocated</c>, and appears in events, logs and metrics.
/// </summary>
public enum AllocationReason
{
    Allocated,

    /// <summary>No valid configuration was seen yet, so nothing can be decided.</summary>
    NoConfiguration,

    /// <summary>No pool may be used: none is configured, none has addresses of the family, or none assigns by itself.</summary>
    NoMatchingPool,

    /// <summary>Every address that the Service may have is in use.</summary>
    PoolExhausted,

    /// <summary>The pool asked for does not exist.</summary>
    PoolUnknown,

    /// <summary>The address asked for is in no pool.</summary>
    AddressNotInPool,

    /// <summary>The address asked for is in another pool than the one asked for.</summary>
    AddressNotInRequestedPool,

    /// <summary>Another Service has the address asked for.</summary>
    AddressInUse,

    /// <summary>The address asked for ends in .0 or .255 and its pool avoids those.</summary>
    AddressAvoided,

    /// <summary>The address asked for is of the family that the Service is not.</summary>
    FamilyMismatch,

    /// <summary>What is asked for cannot be read.</summary>
    InvalidRequest,

    /// <summary>Two places ask for an address at once.</summary>
    ConflictingRequests,

    /// <summary>More addresses are asked for than a Service may have.</summary>
    TooManyAddresses,

    /// <summary>The Service has no cluster IP: it is headless, or the cluster has not given it one yet.</summary>
    NoClusterIP,
}
