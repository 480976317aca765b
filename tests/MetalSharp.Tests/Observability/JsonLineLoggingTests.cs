using System.Text.Json;
using MetalSharp.Observability;
using Microsoft.Extensions.Logging;

namespace MetalSharp.Tests.Observability;

public sealed partial class JsonLineLoggingTests
{
    [Fact]
    public void A_line_is_one_JSON_object_with_event_message_and_fields()
    {
        var line = JsonDocument.Parse(Assert.Single(Lines(logger => LogAllocated(logger, "default/web", 3, TimeSpan.FromMilliseconds(1500))))).RootElement;
        Assert.Equal("info", line.GetProperty("level").GetString());
        Assert.Equal("ipAllocated", line.GetProperty("event").GetString());
        Assert.Equal("default/web has 3 \"ports\" after 00:00:01.5000000", line.GetProperty("msg").GetString());
        Assert.Equal("default/web", line.GetProperty("service").GetString());
        Assert.Equal(3, line.GetProperty("ports").GetInt32());
        Assert.Equal(1.5, line.GetProperty("tookSeconds").GetDouble());
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$", line.GetProperty("ts").GetString());
    }

    [Fact]
    public void Text_with_line_ends_stays_on_one_line() =>
        Assert.Single(Lines(logger => LogAllocated(logger, "a\nb\u2028c", 1, TimeSpan.Zero)));

    [Fact]
    public void An_output_that_takes_nothing_holds_nobody_up_and_the_loss_is_told()
    {
        using var blocked = new BlockedStream();
        using (var logging = new JsonLineLogging(blocked, TimeProvider.System))
        {
            var logger = logging.CreateLogger("test");
            for (var i = 0; i < 6_000; i++)
                LogAllocated(logger, "default/web", i, TimeSpan.Zero);
            blocked.Open();
        }

        var lines = blocked.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.InRange(lines.Length, 4_097, 4_200);
        Assert.Contains("log lines were dropped", lines[^1], StringComparison.Ordinal);
    }

    private static string[] Lines(Action<ILogger> log)
    {
        using var output = new MemoryStream();
        using (var logging = new JsonLineLogging(output, TimeProvider.System))
            log(logging.CreateLogger("test"));
        return System.Text.Encoding.UTF8.GetString(output.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    [LoggerMessage(EventName = "ipAllocated", Level = LogLevel.Information, Message = "{Service} has {Ports} \"ports\" after {Took}")]
    private static partial void LogAllocated(ILogger logger, string service, int ports, TimeSpan took);

    private sealed class BlockedStream : MemoryStream
    {
        private readonly ManualResetEventSlim _open = new();

        public string Text => System.Text.Encoding.UTF8.GetString(ToArray());

        public void Open() => _open.Set();

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            _open.Wait();
            base.Write(buffer);
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                _open.Dispose();
            base.Dispose(disposing);
        }
    }
}
