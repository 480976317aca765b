using System.Globalization;
using Microsoft.Extensions.Logging;

namespace MetalSharp.Lab;

/// <summary>The lab's own log: a file beside those of the programs under test.</summary>
internal sealed class LabLog : ILogger, IDisposable
{
    private readonly TextWriter _file;

    public LabLog(string path) => _file = TextWriter.Synchronized(new StreamWriter(path) { AutoFlush = true });

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
            _file.WriteLine($"{DateTimeOffset.UtcNow.ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture)} {logLevel} {formatter(state, exception)}{(exception is null ? "" : $": {exception.Message}")}");
    }

    public void Dispose() => _file.Dispose();
}
