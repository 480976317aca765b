using System.Globalization;
using MetalSharp.Layer2;
using MetalSharp.Net;
using MetalSharp.Observability;
using MetalSharp.Speaker;
using Microsoft.Extensions.Logging;

namespace MetalSharp.Benchmarks.Layer2;

/// <summary>
/// The speaker's layer-2 half alone, as a process that is told on its standard input what to do: <c>announce IP...</c> sets the addresses,
/// <c>metrics</c> prints the metrics and a line with a dot, <c>allocated</c> the bytes it has allocated so far. It ends with its input. Logs go to standard error.
/// </summary>
internal static class ArpResponderProgram
{
    public static async Task<int> RunAsync()
    {
        using var stop = new CancellationTokenSource();
        using var errors = Console.OpenStandardError();
        using var lines = new JsonLineLogging(errors, TimeProvider.System);
        using var logging = LoggerFactory.Create(builder => builder.AddProvider(lines));
        var metrics = new MetricRegistry();
        var announcer = new Layer2Announcer(
            GratuitousTiming.Default, TimeProvider.System, metrics, new Health(TimeProvider.System), logging.CreateLogger<Layer2Announcer>());
        var running = announcer.RunAsync(stop.Token);
        var commands = ObeyAsync(announcer, metrics);
        await Task.WhenAny(running, commands);
        await stop.CancelAsync();
        try
        {
            await running;
        }
        catch (OperationCanceledException)
        {
        }
        catch (Exception failure)
        {
            await Console.Error.WriteLineAsync(failure.Message);
            return 1;
        }

        return 0;
    }

    private static async Task ObeyAsync(Layer2Announcer announcer, MetricRegistry metrics)
    {
        await Console.Out.WriteLineAsync("ready");
        // The console's own reader blocks its caller, also when it is asked to be asynchronous.
        using var input = new StreamReader(Console.OpenStandardInput());
        while (await input.ReadLineAsync() is { } line)
        {
            switch (line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            {
                case ["announce", .. var addresses]:
                    announcer.Announce([.. addresses.Select(text => InetAddress.Parse(text))]);
                    break;
                case ["allocated"]:
                    await Console.Out.WriteLineAsync(GC.GetTotalAllocatedBytes(precise: true).ToString(CultureInfo.InvariantCulture));
                    break;
                case ["metrics"]:
                    await Console.Out.WriteAsync(metrics.Text());
                    await Console.Out.WriteLineAsync(".");
                    break;
            }
        }
    }
}
