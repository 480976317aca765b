using System.Diagnostics;
using System.Globalization;

namespace MetalSharp.Interop.Tests.Layer2;

/// <summary>
/// A client and a speaker's layer-2 half in two network namespaces that a veth pair joins: <c>lan0</c> (10.9.0.1) at the client's end, <c>eth0</c> at the
/// speaker's. Both live in a user namespace of their own and end with this process, because their standard input does.
/// </summary>
internal sealed class Lan : IAsyncDisposable
{
    private readonly Process _client;
    private readonly Process _responder;
    private readonly Task<string> _log;

    private Lan(Process client, Process responder)
    {
        (_client, _responder) = (client, responder);
        _log = responder.StandardError.ReadToEndAsync();
    }

    public static async Task<Lan> CreateAsync()
    {
        SkipUnless("unshare", "-Urnm", "true");
        var client = await InNewNetworkAsync(Link(Environment.ProcessId), "unshare", "-Urnm", "cat");
        var responder = await InNewNetworkAsync(
            Link(client.Id), "nsenter", [.. Enter(client), "unshare", "-n", "dotnet", BenchmarksPath(), "arp-responder"]);
        var lan = new Lan(client, responder);
        Assert.Equal("ready", await responder.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));
        lan.AddLink("lan0", "eth0");
        lan.OnClient("ip", "addr", "add", "10.9.0.1/24", "dev", "lan0");
        return lan;
    }

    /// <summary>Skips the test where a tool is missing.</summary>
    public static void SkipUnless(string tool, params ReadOnlySpan<string> arguments)
    {
        try
        {
            Assert.SkipUnless(Run(tool, arguments).ExitCode == 0, $"\"{tool} {string.Join(' ', arguments)}\" does not work here");
        }
        catch (System.ComponentModel.Win32Exception missing)
        {
            Assert.Skip($"{tool}: {missing.Message}");
        }
    }

    public void AddLink(string atClient, string atResponder)
    {
        OnClient("ip", "link", "add", atClient, "type", "veth", "peer", "name", atResponder, "netns", Text(_responder.Id));
        OnClient("ip", "link", "set", atClient, "up");
        OnResponder("ip", "link", "set", atResponder, "up");
    }

    public string MacOf(string atResponder) =>
        OnResponder("ip", "-o", "link", "show", atResponder).Split(' ').SkipWhile(word => word != "link/ether").ElementAt(1);

    /// <summary>Runs a command at the client; it must succeed. Returns what it printed.</summary>
    public string OnClient(params ReadOnlySpan<string> command) => Succeeded(AtClient(command), command);

    /// <inheritdoc cref="OnClient"/>
    public string OnResponder(params ReadOnlySpan<string> command) => Succeeded(Run("nsenter", [.. Enter(_responder), .. command]), command);

    public (int ExitCode, string Output) AtClient(params ReadOnlySpan<string> command) => Run("nsenter", [.. Enter(_client), .. command]);

    /// <summary>Starts a program at the client that goes on beside the test.</summary>
    public Process StartAtClient(params ReadOnlySpan<string> command) => Start("nsenter", [.. Enter(_client), .. command]);

    /// <summary>Sets the announced addresses; returns when those that are lost are not answered any more, and the new ones have been announced.</summary>
    public async Task AnnounceAsync(params string[] addresses)
    {
        await _responder.StandardInput.WriteLineAsync($"announce {string.Join(' ', addresses)}");
        await UntilAsync(
            metrics => Array.TrueForAll(addresses, address => metrics[$"metallb_layer2_gratuitous_sent{{ip=\"{address}\"}}"] >= 2),
            $"not announced: {string.Join(' ', addresses)}");
    }

    /// <summary>The value of each series by its name with labels.</summary>
    public async Task<IReadOnlyDictionary<string, double>> MetricsAsync()
    {
        await _responder.StandardInput.WriteLineAsync("metrics");
        await _responder.StandardInput.FlushAsync();
        Dictionary<string, double> series = [];
        while (await _responder.StandardOutput.ReadLineAsync() is { } line && line != ".")
        {
            if (!line.StartsWith('#'))
                series[line[..line.LastIndexOf(' ')]] = double.Parse(line[line.LastIndexOf(' ')..], CultureInfo.InvariantCulture);
        }

        return series;
    }

    /// <summary>Waits until the speaker's end has heard of its interfaces and uses so many.</summary>
    public Task UntilInterfacesAsync(int count) =>
        UntilAsync(metrics => metrics["metalsharp_layer2_interfaces"].Equals(count), $"not {count} interfaces in use");

    public async Task UntilAsync(Predicate<IReadOnlyDictionary<string, double>> holds, string otherwise)
    {
        for (var patience = Stopwatch.StartNew(); !holds(await MetricsAsync()); await Task.Delay(5))
            Assert.True(patience.Elapsed < TimeSpan.FromSeconds(10), otherwise);
    }

    /// <summary>Ends the speaker's end and returns all that it logged.</summary>
    public async Task<string> EndAsync()
    {
        _responder.StandardInput.Close();
        await _responder.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(5));
        return await _log;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_responder.HasExited)
            await EndAsync();
        _client.StandardInput.Close();
        await _client.WaitForExitAsync();
        _responder.Dispose();
        _client.Dispose();
    }

    public static string BenchmarksPath()
    {
        // artifacts/bin/<project>/<configuration>/
        var own = new DirectoryInfo(AppContext.BaseDirectory);
        return Path.Combine(own.Parent!.Parent!.FullName, "MetalSharp.Benchmarks", own.Name, "MetalSharp.Benchmarks.dll");
    }

    private static string[] Enter(Process process) => ["-t", Text(process.Id), "-U", "-m", "-n", "--preserve-credentials"];

    private static async Task<Process> InNewNetworkAsync(string present, string command, params string[] arguments)
    {
        var process = Start(command, arguments);
        // Each of the tools becomes the next in the same process; the last namespace is the one that differs from both before.
        for (var patience = Stopwatch.StartNew(); Link(process.Id) == present || Link(process.Id) == Link(Environment.ProcessId); await Task.Delay(5))
            Assert.True(patience.Elapsed < TimeSpan.FromSeconds(10) && !process.HasExited, $"{command} made no network namespace");
        return process;
    }

    private static string Link(int process) => new FileInfo($"/proc/{Text(process)}/ns/net").LinkTarget ?? "";

    private static string Succeeded((int ExitCode, string Output) result, ReadOnlySpan<string> command)
    {
        Assert.True(result.ExitCode == 0, $"{string.Join(' ', command)}: exit code {result.ExitCode}: {result.Output}");
        return result.Output;
    }

    private static (int ExitCode, string Output) Run(string command, ReadOnlySpan<string> arguments)
    {
        using var process = Start(command, arguments);
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        if (!process.WaitForExit(TimeSpan.FromSeconds(60)))
            process.Kill(entireProcessTree: true);
        return (process.ExitCode, output.Result + errors.Result);
    }

    private static Process Start(string command, ReadOnlySpan<string> arguments) => Process.Start(
        new ProcessStartInfo(command, [.. arguments]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
