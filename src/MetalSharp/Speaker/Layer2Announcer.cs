using System.Collections.Immutable;
using MetalSharp.Layer2;
using MetalSharp.Net;
using MetalSharp.Observability;
using Microsoft.Extensions.Logging;

namespace MetalSharp.Speaker;

/// <summary>
/// Makes the LAN deliver the announced IPv4 addresses to this node: answers ARP for them on every eligible interface and announces
/// them unasked. <see cref="Announce"/> is called by one loop; <see cref="RunAsync"/> runs beside it.
/// </summary>
internal sealed partial class Layer2Announcer(GratuitousTiming timing, TimeProvider time, MetricRegistry metrics, ILogger<Layer2Announcer> logger)
{
    private readonly Counter _gratuitousSent = metrics.Counter("metallb_layer2_gratuitous_sent", "Gratuitous ARP frames sent for an owned address.", "ip");
    private readonly GratuitousSchedule _schedule = new(timing);
    private readonly Doorbell _doorbell = new(time);
    private ImmutableHashSet<InetAddress> _announced = [];

    /// <summary>
    /// From now on exactly these addresses are answered: one that is missing is not answered any more when this returns, one that is new
    /// is answered and announced within the moment. IPv6 addresses are left out.
    /// </summary>
    public void Announce(ImmutableHashSet<InetAddress> addresses)
    {
        Volatile.Write(ref _announced, addresses);
        _doorbell.Ring();
    }

    /// <summary>Answers and announces until <paramref name="stop"/>; then nothing is answered any more.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        LogStarted(logger);
        while (true)
            await _doorbell.WaitAsync(TimeSpan.FromHours(1), stop);
    }

    [LoggerMessage(EventName = "layer2Started", Level = LogLevel.Information, Message = "layer 2 started")]
    private static partial void LogStarted(ILogger logger);
}
