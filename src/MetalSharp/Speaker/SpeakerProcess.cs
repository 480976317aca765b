using System.Net.Sockets;
using MetalSharp.Commands;
using MetalSharp.Kubernetes;
using MetalSharp.Layer2;
using Microsoft.Extensions.Logging;

namespace MetalSharp.Speaker;

/// <summary>All that a speaker consists of, put together and run.</summary>
internal static class SpeakerProcess
{
    // Between the word that this speaker leaves and its silence: time for the next owner to hear it, decide and announce.
    private static readonly TimeSpan HandOver = TimeSpan.FromMilliseconds(20);

    /// <summary>Runs until the process is told to stop; then the others are told first, and take over while this one still answers.</summary>
    /// <exception cref="CannotRunException">The name is no node's, or the membership port is taken.</exception>
    /// <exception cref="Linux.PacketAccessException">The process lacks NET_RAW.</exception>
    public static async Task RunAsync(RunningProcess process, NodeName node)
    {
        var (time, logging) = (process.Time, process.Logging);
        var logger = logging.CreateLogger("speaker");
        var doorbell = new Doorbell(time);
        using var heartbeats = Heartbeats(process, node, doorbell, logging.CreateLogger("membership"));
        var updates = process.Metrics.Counter("metallb_k8s_client_updates_total", "Changes of Kubernetes objects that were taken in.").With();
        var stores = new SpeakerStores(
            process.Client, process.Namespace, process.Settings.ConfigMap, process.Settings.LoadBalancerClass,
            () =>
            {
                updates.Increment();
                doorbell.Ring();
            },
            time, logging.CreateLogger("informer"));
        var layer2 = new Layer2Announcer(GratuitousTiming.Default, time, process.Metrics, process.Health, logging.CreateLogger<Layer2Announcer>());
        var events = new EventRecorder(process.Client, "metalsharp-speaker", node.Value, time, logger);
        var loop = new SpeakerLoop(
            node, $"{process.Namespace}/{process.Settings.ConfigMap}", stores, heartbeats, layer2, events, doorbell, time, process.Metrics, process.Health, logger);

        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(process.Stop);
        using var ending = new CancellationTokenSource();
        var membership = heartbeats.RunAsync(leaving.Token);
        Task[] parts = [layer2.RunAsync(ending.Token), loop.RunAsync(ending.Token), stores.RunAsync(ending.Token), events.RunAsync(ending.Token)];
        await Task.WhenAny([membership, .. parts]);
        await leaving.CancelAsync();
        await membership;
        await Task.Delay(HandOver, time, CancellationToken.None);
        await ending.CancelAsync();
        foreach (var part in parts)
        {
            try
            {
                await part;
            }
            catch (OperationCanceledException) when (ending.IsCancellationRequested)
            {
            }
        }
    }

    private static HeartbeatLoop Heartbeats(RunningProcess process, NodeName node, Doorbell doorbell, ILogger logger)
    {
        try
        {
            return new HeartbeatLoop(node, doorbell, process.Time, process.Metrics, process.Health, logger);
        }
        catch (ArgumentException failure)
        {
            throw new CannotRunException(failure.Message, failure);
        }
        catch (SocketException failure)
        {
            throw new CannotRunException(
                $"UDP port {HeartbeatSockets.Port}, on which speakers hear each other, cannot be opened ({failure.Message}): "
                + "another speaker, or MetalLB's, runs on this node; stop it first",
                failure);
        }
    }
}
