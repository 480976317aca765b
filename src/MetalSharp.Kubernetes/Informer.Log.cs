using Microsoft.Extensions.Logging;

namespace MetalSharp.Kubernetes;

internal static partial class InformerLog
{
    [LoggerMessage(EventName = "stateListed", Level = LogLevel.Debug, Message = "{Kind}: {Count} objects at version {Version}")]
    public static partial void Listed(this ILogger logger, ResourceKind kind, int count, string version);

    [LoggerMessage(EventName = "watchForgotten", Level = LogLevel.Debug, Message = "{Kind}: the server has forgotten version {Version}, listing again")]
    public static partial void Forgotten(this ILogger logger, ResourceKind kind, string version);

    [LoggerMessage(EventName = "apiLost", Level = LogLevel.Warning, Message = "{Kind}: keeping the last known state, trying again in {Wait}: {Reason}")]
    public static partial void Lost(this ILogger logger, ResourceKind kind, string reason, TimeSpan wait);

    [LoggerMessage(EventName = "apiStillLost", Level = LogLevel.Debug, Message = "{Kind}: trying again in {Wait}: {Reason}")]
    public static partial void StillLost(this ILogger logger, ResourceKind kind, string reason, TimeSpan wait);

    [LoggerMessage(EventName = "apiRecovered", Level = LogLevel.Information, Message = "{Kind}: up to date again")]
    public static partial void Recovered(this ILogger logger, ResourceKind kind);
}
