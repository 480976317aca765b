using MetalSharp.Observability;

namespace MetalSharp.Tests.Observability;

public sealed class MetricRegistryTests
{
    private readonly MetricRegistry _metrics = new();

    [Fact]
    public void Families_and_series_are_written_in_order_with_escaped_labels()
    {
        var requests = _metrics.Counter("metallb_layer2_requests_received", "Requests for owned addresses.", "ip");
        requests.With("192.168.3.101").Add(2);
        requests.With("192.168.3.100").Increment();
        _metrics.Gauge("a_gauge", "Help.", "what").With("a \"quoted\"\n\\ value").Set(0.5);

        Assert.Equal("""
            # HELP a_gauge Help.
            # TYPE a_gauge gauge
            a_gauge{what="a \"quoted\"\n\\ value"} 0.5
            # HELP metallb_layer2_requests_received Requests for owned addresses.
            # TYPE metallb_layer2_requests_received counter
            metallb_layer2_requests_received{ip="192.168.3.100"} 1
            metallb_layer2_requests_received{ip="192.168.3.101"} 2

            """, _metrics.Text());
    }

    [Fact]
    public void A_removed_series_is_reported_no_more()
    {
        var gauge = _metrics.Gauge("metallb_speaker_announced", "Announced.", "ip");
        gauge.With("192.168.3.100").Set(1);
        gauge.Remove("192.168.3.100");
        Assert.DoesNotContain("192.168.3.100", _metrics.Text(), StringComparison.Ordinal);
    }

    [Fact]
    public void Buckets_are_cumulative()
    {
        var latency = _metrics.Histogram("latency_seconds", "Latency.", 0.1, 1);
        foreach (var milliseconds in (int[])[50, 100, 500, 5000])
            latency.Observe(TimeSpan.FromMilliseconds(milliseconds));

        Assert.Equal("""
            # HELP latency_seconds Latency.
            # TYPE latency_seconds histogram
            latency_seconds_bucket{le="0.1"} 2
            latency_seconds_bucket{le="1"} 3
            latency_seconds_bucket{le="+Inf"} 4
            latency_seconds_sum 5.65
            latency_seconds_count 4

            """, _metrics.Text());
    }

    [Fact]
    public void Counting_from_many_threads_loses_nothing()
    {
        var cell = _metrics.Counter("count", "Count.").With();
        Parallel.For(0, 4, _ =>
        {
            for (var i = 0; i < 10_000; i++)
                cell.Increment();
        });
        Assert.Equal(40_000, cell.Value);
    }

    [Fact]
    public void One_name_is_one_family()
    {
        _metrics.Counter("twice", "Help.");
        Assert.Throws<InvalidOperationException>(() => _metrics.Gauge("twice", "Help."));
        Assert.Throws<ArgumentException>(() => _metrics.Counter("labelled", "Help.", "pool").With());
    }
}
