using System.Collections.Concurrent;
using System.Globalization;
using System.Text;

namespace MetalSharp.Observability;

/// <summary>One name of the exposition with all its label combinations; safe to use from any thread.</summary>
internal abstract class MetricFamily(string name, string help, string type, string[] labelNames)
{
    private readonly ConcurrentDictionary<string, MetricCell> _cells = new(StringComparer.Ordinal);

    public string Name => name;

    /// <summary>The series with these label values, made at zero if new. Hot paths keep it.</summary>
    /// <param name="labelValues">One value per label name, in their order.</param>
    public MetricCell With(params ReadOnlySpan<string> labelValues) =>
        _cells.GetOrAdd(LabelText(labelValues), static _ => new MetricCell());

    /// <summary>Ends a series whose subject is gone, so that it is not reported for ever.</summary>
    public void Remove(params ReadOnlySpan<string> labelValues) => _cells.TryRemove(LabelText(labelValues), out _);

    public virtual void WriteTo(StringBuilder text)
    {
        WriteHeader(text);
        foreach (var (labels, cell) in _cells.OrderBy(entry => entry.Key, StringComparer.Ordinal))
            WriteSample(text, name, labels, cell.Value);
    }

    protected void WriteHeader(StringBuilder text) =>
        text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} {type}\n");

    protected static void WriteSample(StringBuilder text, string name, string labels, double value)
    {
        text.Append(name);
        if (labels.Length > 0)
            text.Append('{').Append(labels).Append('}');
        text.Append(CultureInfo.InvariantCulture, $" {value:R}\n");
    }

    private string LabelText(ReadOnlySpan<string> values)
    {
        if (values.Length != labelNames.Length)
            throw new ArgumentException($"{name} has {labelNames.Length} labels, not {values.Length}", nameof(values));
        if (values.IsEmpty)
            return "";
        var text = new StringBuilder();
        for (var i = 0; i < values.Length; i++)
        {
            if (i > 0)
                text.Append(',');
            text.Append(labelNames[i]).Append("=\"");
            foreach (var c in values[i])
            {
                _ = c switch
                {
                    '\\' => text.Append(@"\\"),
                    '"' => text.Append("\\\""),
                    '\n' => text.Append(@"\n"),
                    _ => text.Append(c),
                };
            }

            text.Append('"');
        }

        return text.ToString();
    }
}

/// <summary>The value of one series.</summary>
internal sealed class MetricCell
{
    private double _value;

    public double Value => Volatile.Read(ref _value);

    public void Set(double value) => Volatile.Write(ref _value, value);

    public void Increment() => Add(1);

    public void Add(double amount)
    {
        var seen = Volatile.Read(ref _value);
        while (true)
        {
            var before = Interlocked.CompareExchange(ref _value, seen + amount, seen);
            if (before.Equals(seen))
                return;
            seen = before;
        }
    }
}

/// <summary>Only goes up while the process lives.</summary>
internal sealed class Counter(string name, string help, params string[] labelNames) : MetricFamily(name, help, "counter", labelNames);

/// <summary>Goes up and down.</summary>
internal sealed class Gauge(string name, string help, params string[] labelNames) : MetricFamily(name, help, "gauge", labelNames);

/// <summary>A gauge without labels whose value is asked for when somebody looks.</summary>
internal sealed class ComputedGauge(string name, string help, Func<double> value) : MetricFamily(name, help, "gauge", [])
{
    public override void WriteTo(StringBuilder text)
    {
        WriteHeader(text);
        WriteSample(text, Name, "", value());
    }
}

/// <summary>Durations in seconds, sorted into buckets with the given upper bounds (ascending).</summary>
internal sealed class Histogram(string name, string help, double[] bounds) : MetricFamily(name, help, "histogram", [])
{
    private readonly MetricCell[] _buckets = [.. bounds.Select(_ => new MetricCell())];
    private readonly MetricCell _count = new();
    private readonly MetricCell _sum = new();

    public void Observe(TimeSpan duration)
    {
        var seconds = duration.TotalSeconds;
        var bucket = Array.FindIndex(bounds, bound => seconds <= bound);
        if (bucket >= 0)
            _buckets[bucket].Increment();
        _sum.Add(seconds);
        _count.Increment();
    }

    public override void WriteTo(StringBuilder text)
    {
        WriteHeader(text);
        var cumulative = 0.0;
        for (var i = 0; i < bounds.Length; i++)
        {
            cumulative += _buckets[i].Value;
            WriteSample(text, Name + "_bucket", string.Create(CultureInfo.InvariantCulture, $"le=\"{bounds[i]:R}\""), cumulative);
        }

        var count = _count.Value;
        WriteSample(text, Name + "_bucket", "le=\"+Inf\"", count);
        WriteSample(text, Name + "_sum", "", _sum.Value);
        WriteSample(text, Name + "_count", "", count);
    }
}
