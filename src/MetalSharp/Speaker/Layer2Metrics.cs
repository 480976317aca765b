using MetalSharp.Layer2;
using MetalSharp.Net;
using MetalSharp.Observability;

namespace MetalSharp.Speaker;

/// <summary>The metrics of layer 2. Those of MetalLB keep their names and labels.</summary>
internal sealed class Layer2Metrics
{
    private readonly Counter _requests;
    private readonly Counter _responses;
    private readonly Counter _gratuitous;
    private readonly MetricCell[] _dropped;

    public Layer2Metrics(MetricRegistry registry)
    {
        _requests = registry.Counter("metallb_layer2_requests_received", "ARP requests received for an announced address.", "ip");
        _responses = registry.Counter("metallb_layer2_responses_sent", "ARP replies sent for an announced address.", "ip");
        _gratuitous = registry.Counter("metallb_layer2_gratuitous_sent", "Gratuitous ARP frames sent for an announced address.", "ip");
        var dropped = registry.Counter("metalsharp_layer2_frames_dropped_total", "ARP frames that the kernel's filter passed and that were not answered, by reason.", "reason");
        _dropped = [.. Enum.GetValues<ArpVerdict>().Select(verdict => verdict.IsAnswer() ? new MetricCell() : dropped.With(verdict.ToString()))];
        SendFailures = registry.Counter("metalsharp_layer2_send_failures_total", "ARP frames that could not be sent, for example because the interface was down.").With();
        Interfaces = registry.Gauge("metalsharp_layer2_interfaces", "Interfaces on which addresses are announced.").With();
    }

    public MetricCell SendFailures { get; }

    public MetricCell Interfaces { get; }

    public MetricCell Dropped(ArpVerdict verdict) => _dropped[(int)verdict];

    public AddressMetrics For(InetAddress address)
    {
        var ip = address.ToString();
        return new(_requests.With(ip), _responses.With(ip), _gratuitous.With(ip));
    }

    public void Remove(InetAddress address)
    {
        var ip = address.ToString();
        _requests.Remove(ip);
        _responses.Remove(ip);
        _gratuitous.Remove(ip);
    }
}

/// <summary>The series of one address, looked up once.</summary>
internal sealed record AddressMetrics(MetricCell RequestsReceived, MetricCell ResponsesSent, MetricCell GratuitousSent);
