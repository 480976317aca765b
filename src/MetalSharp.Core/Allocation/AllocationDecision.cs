using MetalSharp.Net;

namespace MetalSharp.Allocation;

/// <summary>An address that a Service has, and the pool that it comes from.</summary>
public readonly record struct AllocatedAddress(InetAddress Address, PoolName Pool);

/// <summary>What came of one <see cref="AllocationRequest"/>: either an address or the reason for having none.</summary>
public abstract record AllocationDecision
{
    private AllocationDecision(ServiceKey service, ReleasedAddress? released) => (Service, Released) = (service, released);

    public ServiceKey Service { get; }

    /// <summary>The address that the Service had before and had to give up, if any.</summary>
    public ReleasedAddress? Released { get; }

    /// <summary>The member of the vocabulary that stands for this outcome.</summary>
    public abstract AllocationReason Reason { get; }

    /// <summary>The outcome in words for the owner of the Service.</summary>
    public abstract string Message { get; }

    /// <summary>The Service has an address: the one that it had, or a new one.</summary>
    public sealed record Granted(ServiceKey Service, AllocatedAddress Allocation, ReleasedAddress? Released) : AllocationDecision(Service, Released)
    {
        public override AllocationReason Reason => AllocationReason.Allocated;

        public override string Message => $"{Allocation.Address} from pool {Allocation.Pool}";
    }

    /// <summary>The Service has no address.</summary>
    public sealed record Refused(ServiceKey Service, AllocationRefusal Refusal, ReleasedAddress? Released) : AllocationDecision(Service, Released)
    {
        public override AllocationReason Reason => Refusal.Reason;

        public override string Message => Refusal.Message;
    }
}

/// <summary>Why a Service gets no address, for machines and in words.</summary>
public sealed record AllocationRefusal(AllocationReason Reason, string Message);
