using MetalSharp.Allocation;
using MetalSharp.Net;

namespace MetalSharp.Controller;

/// <summary>What the status of a Service should say: its address, and the condition with the reason.</summary>
/// <param name="Address">Null: no address.</param>
/// <param name="Reason">Null: the Service is not ours and has no condition of ours.</param>
internal sealed record DesiredStatus(InetAddress? Address, AllocationReason? Reason, string Message)
{
    /// <summary>The type of the condition.</summary>
    public const string ConditionType = "metalsharp.io/AddressAllocated";

    /// <summary>As a Service is found that never was ours.</summary>
    public static readonly DesiredStatus Cleared = new(null, null, "");

    public static DesiredStatus Of(AllocationDecision decision) =>
        new((decision as AllocationDecision.Granted)?.Allocation.Address, decision.Reason, decision.Message);

    public static DesiredStatus Of(AllocationRefusal refusal) => new(null, refusal.Reason, refusal.Message);
}
