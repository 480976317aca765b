using System.Collections.Immutable;
using System.Net.Sockets;
using MetalSharp.Layer2;
using MetalSharp.Linux;
using MetalSharp.Net;
using MetalSharp.Observability;
using Microsoft.Extensions.Logging;

namespace MetalSharp.Speaker;

/// <summary>
/// Makes the LAN deliver the announced IPv4 addresses to this node: answers ARP for them on every eligible interface and announces
/// them unasked. <see cref="Announce"/> is called by one loop; <see cref="RunAsync"/> runs beside it and owns sockets and schedule.
/// </summary>
internal sealed partial class Layer2Announcer(
    GratuitousTiming timing, TimeProvider time, MetricRegistry registry, Health health, ILogger<Layer2Announcer> logger)
{
    private const int LoopbackIndex = 1;

    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromSeconds(1);

    private readonly Layer2Metrics _metrics = new(registry);
    private readonly Doorbell _doorbell = new(time);
    private readonly LoopPulse _pulse = health.AddLoop("layer2", 3 * LongestWait);

    // Each has one writer: the caller of Announce, and the task that watches interfaces. The listener reads both for each frame.
    private AnnouncedAddresses _announced = AnnouncedAddresses.None;
    private AnnouncingLinks _links = AnnouncingLinks.None;

    /// <summary>The interfaces on which addresses are announced now.</summary>
    public IReadOnlyCollection<AnnouncingLink> Links => Volatile.Read(ref _links).All;

    /// <summary>
    /// From now on exactly these addresses are answered: one that is missing is not answered any more when this returns, one that is new
    /// is answered and announced within the moment. IPv6 addresses are left out.
    /// </summary>
    public void Announce(ImmutableHashSet<InetAddress> addresses)
    {
        var before = _announced;
        if (addresses.SetEquals(before.All))
            return;
        foreach (var address in addresses)
        {
            if (!address.IsIPv4 && !before.All.Contains(address))
                LogIPv6NotAnnounced(address);
        }

        Volatile.Write(ref _announced, before.With(addresses, _metrics));
        foreach (var lost in before.IPv4.Where(address => !addresses.Contains(address)))
            _metrics.Remove(lost);
        _doorbell.Ring();
    }

    /// <summary>Answers and announces until <paramref name="stop"/>; then nothing is answered any more.</summary>
    /// <exception cref="PacketAccessException">The process lacks NET_RAW.</exception>
    public async Task RunAsync(CancellationToken stop)
    {
        while (true)
        {
            try
            {
                await RunUntilFailureAsync(stop);
            }
            catch (Exception failure) when (failure is not PacketAccessException && !stop.IsCancellationRequested)
            {
                LogFailed(failure);
            }

            await Task.Delay(PauseAfterFailure, time, stop);
        }
    }

    private async Task RunUntilFailureAsync(CancellationToken stop)
    {
        using var socket = PacketSocket.Open(EtherType.Arp);
        Rehearse(socket);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var listener = new ArpListener(socket, _metrics, () => Volatile.Read(ref _announced), () => Volatile.Read(ref _links)).Start();
        Task[] parts = [listener, WatchInterfacesAsync(ended.Token), AnnounceUnaskedAsync(socket, ended.Token)];
        try
        {
            await await Task.WhenAny(parts);
        }
        finally
        {
            socket.StopReceiving();
            await ended.CancelAsync();
            await Task.WhenAll(parts).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task WatchInterfacesAsync(CancellationToken stop)
    {
        var used = ImmutableSortedDictionary<int, NetworkLink>.Empty;
        await foreach (var links in InterfaceMonitor.WatchAsync(stop))
        {
            var eligible = links.Where(link => LinkEligibility.ExclusionOf(link.Value) is null).ToImmutableSortedDictionary();
            if (eligible.SequenceEqual(used))
                continue;
            Volatile.Write(ref _links, new AnnouncingLinks(eligible.Values));
            _metrics.Interfaces.Set(eligible.Count);
            foreach (var (index, link) in eligible)
            {
                if (used.GetValueOrDefault(index)?.Mac != link.Mac)
                    LogLinkUsed(link.Name, link.Mac!.Value);
            }

            foreach (var (index, link) in used)
            {
                if (!eligible.ContainsKey(index))
                    LogLinkLeft(link.Name, links.TryGetValue(index, out var present) ? LinkEligibility.ExclusionOf(present)!.Value : LinkExclusion.Gone);
            }

            used = eligible;
            _doorbell.Ring();
        }
    }

    private async Task AnnounceUnaskedAsync(PacketSocket socket, CancellationToken stop)
    {
        var schedule = new GratuitousSchedule(timing);
        var (addresses, links) = (AnnouncedAddresses.None, AnnouncingLinks.None);
        while (true)
        {
            _pulse.Turned();
            var (addressesNow, linksNow) = (Volatile.Read(ref _announced), Volatile.Read(ref _links));
            if (addressesNow != addresses)
                socket.SetFilter(ArpFilter.For(addressesNow.IPv4));
            if (addressesNow != addresses || linksNow != links)
                Reschedule(schedule, (addresses, links), (addressesNow, linksNow));
            (addresses, links) = (addressesNow, linksNow);
            while (schedule.TryTake(Now, out var due))
                SendUnasked(socket, due, Volatile.Read(ref _announced), Volatile.Read(ref _links), _metrics);

            var wait = schedule.Deadline == Instant.Never ? LongestWait : schedule.Deadline - Now;
            if (wait > TimeSpan.Zero)
                await _doorbell.WaitAsync(wait < LongestWait ? wait : LongestWait, stop);
            stop.ThrowIfCancellationRequested();
        }
    }

    private void Reschedule(
        GratuitousSchedule schedule,
        (AnnouncedAddresses Addresses, AnnouncingLinks Links) before,
        (AnnouncedAddresses Addresses, AnnouncingLinks Links) now)
    {
        var moment = Now;
        foreach (var link in before.Links.All)
        {
            var isUsed = now.Links.Find(link.Index) is not null;
            foreach (var address in before.Addresses.IPv4)
            {
                if (!isUsed || !now.Addresses.IPv4.Contains(address))
                    schedule.Stop(new(address, link.Index));
            }
        }

        foreach (var link in now.Links.All)
        {
            // A MAC that has changed is news about every address, as a new interface is.
            var isNew = before.Links.Find(link.Index)?.Mac != link.Mac;
            foreach (var address in now.Addresses.IPv4)
            {
                if (isNew || !before.Addresses.IPv4.Contains(address))
                    schedule.Start(new(address, link.Index), moment);
            }
        }
    }

    private static void SendUnasked(
        PacketSocket socket, AddressOnInterface due, AnnouncedAddresses announced, AnnouncingLinks links, Layer2Metrics metrics)
    {
        // What was lost while earlier rounds were sent is not announced any more.
        if (!announced.IPv4.Contains(due.Address) || links.Find(due.InterfaceIndex) is not { } link)
            return;
        Span<byte> frame = stackalloc byte[EthernetHeader.MinimumFrameSize];
        foreach (var packet in (ReadOnlySpan<ArpPacket>)[ArpPacket.Announcement(due.Address, link.Mac), ArpPacket.GratuitousReply(due.Address, link.Mac)])
        {
            packet.WriteFrame(frame, MacAddress.Broadcast);
            var sent = socket.Send(frame, link.By);
            (sent == SocketError.Success ? announced.MetricsOf(due.Address).GratuitousSent : metrics.SendFailures).Increment();
        }
    }

    // A first takeover that waits for the compiler takes tens of milliseconds longer than any later one. So one is played through beforehand, with an
    // address that no host has (RFC 5737), on the loopback interface, where nobody listens to ARP.
    private void Rehearse(PacketSocket socket)
    {
        var metrics = new Layer2Metrics(new MetricRegistry());
        var addresses = AnnouncedAddresses.None.With([InetAddress.Parse("192.0.2.1")], metrics);
        var links = new AnnouncingLinks([new NetworkLink(LoopbackIndex, "lo", default(MacAddress), LinkFlags.Loopback, null)]);
        var schedule = new GratuitousSchedule(timing);
        Reschedule(schedule, (AnnouncedAddresses.None, AnnouncingLinks.None), (addresses, links));
        while (schedule.TryTake(Now, out var due))
            SendUnasked(socket, due, addresses, links, metrics);
        Reschedule(schedule, (addresses, links), (AnnouncedAddresses.None, AnnouncingLinks.None));

        Span<byte> request = stackalloc byte[EthernetHeader.MinimumFrameSize];
        var asking = MacAddress.Parse("02:00:00:00:00:01");
        new ArpPacket(ArpOperation.Request, asking, InetAddress.Parse("192.0.2.2"), default, InetAddress.Parse("192.0.2.1")).WriteFrame(request, MacAddress.Broadcast);
        new ArpListener(socket, metrics, () => addresses, () => links).Handle(request, LoopbackIndex);
        socket.SetFilter(ArpFilter.For(addresses.IPv4));
        socket.SetFilter(ArpFilter.For([]));
    }

    private Instant Now => new(time.GetElapsedTime(0, time.GetTimestamp()));

    [LoggerMessage(EventName = "createARPResponder", Level = LogLevel.Information, Message = "announcing on interface {Interface} with MAC {Mac}")]
    private partial void LogLinkUsed(string @interface, MacAddress mac);

    [LoggerMessage(EventName = "deleteARPResponder", Level = LogLevel.Information, Message = "no longer announcing on interface {Interface}: {Reason}")]
    private partial void LogLinkLeft(string @interface, LinkExclusion reason);

    [LoggerMessage(EventName = "ipv6NotAnnounced", Level = LogLevel.Warning, Message = "{Ip} is not announced: layer 2 has no NDP yet")]
    private partial void LogIPv6NotAnnounced(InetAddress ip);

    [LoggerMessage(EventName = "layer2Failed", Level = LogLevel.Error, Message = "layer 2 failed and starts again")]
    private partial void LogFailed(Exception failure);
}
