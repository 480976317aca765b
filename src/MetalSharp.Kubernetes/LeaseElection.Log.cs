using Microsoft.Extensions.Logging;

namespace MetalSharp.Kubernetes;

internal static partial class LeaseElectionLog
{
    [LoggerMessage(EventName = "leaseAcquired", Level = LogLevel.Information, Message = "lease {Lease}: {Identity} leads")]
    public static partial void Leading(this ILogger logger, string lease, string identity);

    [LoggerMessage(EventName = "leaseLost", Level = LogLevel.Information, Message = "lease {Lease}: {Identity} leads no longer")]
    public static partial void NotLeading(this ILogger logger, string lease, string identity);

    [LoggerMessage(EventName = "leaseReleased", Level = LogLevel.Information, Message = "lease {Lease}: released")]
    public static partial void Released(this ILogger logger, string lease);

    [LoggerMessage(EventName = "leaseTakenOver", Level = LogLevel.Warning, Message = "lease {Lease}: taken over by {Holder}")]
    public static partial void TakenOver(this ILogger logger, string lease, string holder);

    [LoggerMessage(EventName = "leaseHolder", Level = LogLevel.Information, Message = "lease {Lease}: held by {HolderIdentity}")]
    public static partial void Holder(this ILogger logger, string lease, string holderIdentity);

    [LoggerMessage(EventName = "leaseNotWritten", Level = LogLevel.Warning, Message = "lease {Lease}: {Reason}")]
    public static partial void NotRenewed(this ILogger logger, string lease, string reason);

    [LoggerMessage(
        EventName = "leaseEndedLate",
        Level = LogLevel.Critical,
        Message = "lease {Lease}: the work ended {Elapsed} after the last renewal, and another may lead after {Duration}: two may have led at once")]
    public static partial void EndedLate(this ILogger logger, string lease, TimeSpan elapsed, TimeSpan duration);
}
