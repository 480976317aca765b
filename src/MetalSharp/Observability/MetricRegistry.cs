using System.Collections.Concurrent;
using System.Text;

namespace MetalSharp.Observability;

/// <summary>All metrics of one process, in the text exposition format 0.0.4 of Prometheus.</summary>
internal sealed class MetricRegistry
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly ConcurrentDictionary<string, MetricFamily> _families = new(StringComparer.Ordinal);

    public Counter Counter(string name, string help, params string[] labelNames) => Add(new Counter(name, help, labelNames));

    public Gauge Gauge(string name, string help, params string[] labelNames) => Add(new Gauge(name, help, labelNames));

    public void ComputedGauge(string name, string help, Func<double> value) => Add(new ComputedGauge(name, help, value));

    /// <param name="bounds">The upper bounds of the buckets in seconds, ascending.</param>
    public Histogram Histogram(string name, string help, params double[] bounds) => Add(new Histogram(name, help, bounds));

    public string Text()
    {
        var text = new StringBuilder(4096);
        foreach (var (_, family) in _families.OrderBy(entry => entry.Key, StringComparer.Ordinal))
            family.WriteTo(text);
        return text.ToString();
    }

    private T Add<T>(T family)
        where T : MetricFamily =>
        _families.TryAdd(family.Name, family) ? family : throw new InvalidOperationException($"the metric {family.Name} exists twice");
}
