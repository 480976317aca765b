using System.Buffers;
using System.Globalization;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace MetalSharp.Observability;

/// <summary>
/// Writes one JSON object per line: <c>ts</c>, <c>level</c>, <c>event</c>, <c>msg</c>, then the fields of the message. A writer thread of its own
/// and a bounded queue stand between the loops and the output, so that a full disk or a blocked pipe never holds up a protocol;
/// lines that find the queue full are dropped, and their number is said as soon as there is room.
/// </summary>
internal sealed class JsonLineLogging : ILoggerProvider
{
    private readonly Channel<byte[]> _lines = Channel.CreateBounded<byte[]>(new BoundedChannelOptions(4096) { SingleReader = true });
    private readonly Stream _output;
    private readonly TimeProvider _time;
    private readonly Thread _writer;
    private long _dropped;

    public JsonLineLogging(Stream output, TimeProvider time)
    {
        (_output, _time) = (output, time);
        _writer = new Thread(Write) { Name = "log", IsBackground = true };
        _writer.Start();
    }

    /// <summary>The names of <c>--log-level</c>; <c>all</c> and <c>none</c> are MetalLB's.</summary>
    public static readonly string[] LevelNames = ["all", "debug", "info", "warn", "error", "none"];

    public static LogLevel LevelNamed(string name) => name switch
    {
        "all" => LogLevel.Trace,
        "debug" => LogLevel.Debug,
        "info" => LogLevel.Information,
        "warn" => LogLevel.Warning,
        "error" => LogLevel.Error,
        "none" => LogLevel.None,
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "not a log level"),
    };

    public ILogger CreateLogger(string categoryName) => new JsonLineLogger(this);

    /// <summary>Writes what is queued, waiting at most a second for an output that takes nothing.</summary>
    public void Dispose()
    {
        _lines.Writer.TryComplete();
        _writer.Join(TimeSpan.FromSeconds(1));
    }

    private void Enqueue(byte[] line)
    {
        if (!_lines.Writer.TryWrite(line))
            Interlocked.Increment(ref _dropped);
    }

    private void Write()
    {
        var reader = _lines.Reader;
        while (reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            try
            {
                while (reader.TryRead(out var line))
                    _output.Write(line);
                if (Interlocked.Exchange(ref _dropped, 0) is > 0 and var dropped)
                    _output.Write(Line(LogLevel.Warning, "logLinesDropped", $"{dropped} log lines were dropped: the output was too slow", [], null));
                _output.Flush();
            }
            catch (IOException)
            {
                // A full disk or a closed pipe: these lines are lost, the process goes on.
            }
            catch (ObjectDisposedException)
            {
                // The output took nothing for so long that the process, which is ending, has closed it.
                return;
            }
        }
    }

    private byte[] Line(LogLevel level, string? eventName, string message, IEnumerable<KeyValuePair<string, object?>> fields, Exception? failure)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("ts"u8, _time.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture));
            json.WriteString("level"u8, LevelText(level));
            if (eventName is not null)
                json.WriteString("event"u8, eventName);
            json.WriteString("msg"u8, message);
            foreach (var (name, value) in fields)
            {
                if (name is not "{OriginalFormat}")
                    WriteField(json, JsonNamingPolicy.CamelCase.ConvertName(name), value);
            }

            if (failure is not null)
                json.WriteString("error"u8, level >= LogLevel.Error ? failure.ToString() : failure.Message);
            json.WriteEndObject();
        }

        buffer.Write("\n"u8);
        return buffer.WrittenSpan.ToArray();
    }

    private static void WriteField(Utf8JsonWriter json, string name, object? value)
    {
        switch (value)
        {
            case null: json.WriteNull(name); break;
            case bool flag: json.WriteBoolean(name, flag); break;
            case int number: json.WriteNumber(name, number); break;
            case long number: json.WriteNumber(name, number); break;
            case double number when double.IsFinite(number): json.WriteNumber(name, number); break;
            case TimeSpan span: json.WriteNumber(name + "Seconds", span.TotalSeconds); break;
            default: json.WriteString(name, Convert.ToString(value, CultureInfo.InvariantCulture)); break;
        }
    }

    private static string LevelText(LogLevel level) => level switch
    {
        LogLevel.Trace or LogLevel.Debug => "debug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warn",
        _ => "error",
    };

    private sealed class JsonLineLogger(JsonLineLogging owner) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            owner.Enqueue(owner.Line(logLevel, eventId.Name, formatter(state, exception), state as IEnumerable<KeyValuePair<string, object?>> ?? [], exception));
    }
}
