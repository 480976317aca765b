using System.ComponentModel;
using System.Diagnostics;

namespace MetalSharp.Lab;

/// <summary>What a program left behind when it ended.</summary>
internal sealed record ToolResult(int ExitCode, string Output, string Error)
{
    public string Said => Error.Length > 0 ? Error.Trim() : Output.Trim();
}

/// <summary>Runs one of the programs the lab is made of (ip, nft, kubectl, ...) to its end.</summary>
internal static class Tool
{
    /// <summary>Debian keeps ip and nft in sbin, which is not in everybody's PATH.</summary>
    public static string Path { get; } = string.Join(':',
        new[] { Environment.GetEnvironmentVariable("PATH"), "/usr/local/sbin", "/usr/sbin", "/sbin" }.Where(p => !string.IsNullOrEmpty(p)));

    public static bool Exists(string program) => Find(program) is not null;

    public static string? Find(string program) =>
        Path.Split(':').Select(folder => System.IO.Path.Combine(folder, program)).FirstOrDefault(File.Exists);

    /// <exception cref="LabException">The program failed; the message has its own words.</exception>
    public static async Task<string> RunAsync(IReadOnlyList<string> command, string? input = null,
        IReadOnlyDictionary<string, string>? environment = null, CancellationToken stop = default)
    {
        var result = await TryRunAsync(command, input, environment, stop);
        if (result.ExitCode != 0)
            throw new LabException($"{string.Join(' ', command)}: exit {result.ExitCode}: {result.Said}");
        return result.Output;
    }

    public static async Task<ToolResult> TryRunAsync(IReadOnlyList<string> command, string? input = null,
        IReadOnlyDictionary<string, string>? environment = null, CancellationToken stop = default)
    {
        using var process = Start(command, environment, Streams.All);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(stop);
            var error = process.StandardError.ReadToEndAsync(stop);
            try
            {
                if (input is not null)
                    await process.StandardInput.WriteAsync(input.AsMemory(), stop);
                process.StandardInput.Close();
            }
            catch (IOException)
            {
                // It ended without reading everything: its exit code and words say why.
            }
            await process.WaitForExitAsync(stop);
            return new(process.ExitCode, await output, await error);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }

    /// <summary>Which of a program's streams are pipes; the others are ours.</summary>
    [Flags]
    public enum Streams { None = 0, Input = 1, Output = 2, Error = 4, All = Input | Output | Error }

    public static Process Start(IReadOnlyList<string> command, IReadOnlyDictionary<string, string>? environment, Streams pipes)
    {
        var start = new ProcessStartInfo(command[0])
        {
            RedirectStandardInput = pipes.HasFlag(Streams.Input),
            RedirectStandardOutput = pipes.HasFlag(Streams.Output),
            RedirectStandardError = pipes.HasFlag(Streams.Error),
        };
        foreach (var argument in command.Skip(1))
            start.ArgumentList.Add(argument);
        start.Environment["PATH"] = Path;
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception failure)
        {
            throw new LabException($"{command[0]} could not be started: {failure.Message}", failure);
        }
    }
}
