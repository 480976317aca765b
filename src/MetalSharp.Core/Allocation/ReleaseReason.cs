namespace MetalSharp.Allocation;

/// <summary>Why a Service did not keep the address that it had.</summary>
public enum ReleaseReason
{
    /// <summary>The Service asks for another address.</summary>
    AddressRequestChanged,

    /// <summary>The Service asks for a pool that the address is not in.</summary>
    PoolRequestChanged,

    /// <summary>The Service is of the other family now.</summary>
    FamilyChanged,

    /// <summary>No pool has the address any more.</summary>
    AddressNotInPool,

    /// <summary>The pool avoids addresses that end in .0 or .255.</summary>
    AddressAvoided,

    /// <summary>An older Service has the same address.</summary>
    AddressInUse,

    /// <summary>The status of the Service shows the address no more: somebody took it out.</summary>
    NotInStatus,
}

/// <summary>An address that a Service had and lost, with the reason in words.</summary>
public sealed record ReleasedAddress(ReleaseReason Reason, Net.InetAddress Address, string Message);
