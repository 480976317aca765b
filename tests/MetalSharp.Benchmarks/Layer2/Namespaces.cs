using System.Diagnostics;

namespace MetalSharp.Benchmarks.Layer2;

/// <summary>Processes in network namespaces of their own, which end with this process because their standard input does.</summary>
internal static class Namespaces
{
    /// <summary>Whether this process is inside the user and network namespaces that <see cref="EnterAsync"/> makes.</summary>
    public static bool AreEntered => Environment.GetEnvironmentVariable(Marker) is not null;

    /// <summary>The command that runs this program.</summary>
    public static readonly string[] Self = ["dotnet", Path.Combine(AppContext.BaseDirectory, "MetalSharp.Benchmarks.dll")];

    private const string Marker = "METALSHARP_BENCHMARK_INSIDE";

    /// <summary>Runs this program again with the same arguments, as root of user, mount and network namespaces of its own.</summary>
    public static async Task<int> EnterAsync(string[] args)
    {
        var start = new ProcessStartInfo("unshare", ["-Urnm", "--kill-child", .. Self, .. args]);
        start.Environment[Marker] = "1";
        using var inside = Process.Start(start)!;
        await inside.WaitForExitAsync();
        return inside.ExitCode;
    }

    /// <summary>Starts a program in a new network namespace, with its input and output connected to this process.</summary>
    public static async Task<Process> StartAsync(params string[] command)
    {
        var own = Link("self");
        var start = new ProcessStartInfo("unshare", ["-n", .. command]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        start.Environment["DOTNET_TieredPGO"] = "0";
        start.Environment["DOTNET_gcConcurrent"] = "0";
        var process = Process.Start(start)!;
        // unshare becomes the program; until then its namespace is this process's.
        while (Link(process.Id.ToString(null, null)) == own)
            await Task.Delay(5);
        return process;
    }

    public static void Run(string command, params ReadOnlySpan<string> arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(command, [.. arguments]))!;
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{command} {string.Join(' ', arguments)}: exit code {process.ExitCode}");
    }

    private static string Link(string process) => new FileInfo($"/proc/{process}/ns/net").LinkTarget!;
}
