using MetalSharp.Net;

namespace MetalSharp.Allocation;

/// <summary>What one Service asks for and what it has already. Ordered by age, then by key: the order in which Services are served.</summary>
public sealed record AllocationRequest(ServiceKey Service, IpFamily Family) : IComparable<AllocationRequest>
{
    /// <summary>The one address that the Service wants, if it says so.</summary>
    public InetAddress? RequestedAddress { get; init; }

    /// <summary>The one pool that the Service wants, if it says so.</summary>
    public PoolName? RequestedPool { get; init; }

    /// <summary>
    /// The addresses in the status of the Service, which are the truth about what it has. A caller whose view of the
    /// status is older than its own last decision gives the decided address here.
    /// </summary>
    public EquatableArray<InetAddress> Current { get; init; }

    /// <summary>When the Service was created, by the clock of the cluster.</summary>
    public DateTimeOffset CreatedAt { get; init; }

    public int CompareTo(AllocationRequest? other)
    {
        if (other is null)
            return 1;
        var byAge = CreatedAt.CompareTo(other.CreatedAt);
        return byAge != 0 ? byAge : Service.CompareTo(other.Service);
    }
}
