using Microsoft.Extensions.Logging;

namespace MetalSharp.Kubernetes;

internal static partial class EventRecorderLog
{
    [LoggerMessage(EventName = "eventDropped", Level = LogLevel.Warning, Message = "event {Reason} about {Namespace}/{Name} not written: {Failure}")]
    public static partial void NotWritten(this ILogger logger, string reason, string? @namespace, string? name, string failure);
}
