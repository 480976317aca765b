using System.Diagnostics;
using System.Text;

namespace MetalSharp.Interop.Tests.Lab;

/// <summary>The program metalsharp-lab as a person runs it. Where the lab says that this machine lacks something, the test is skipped with its words.</summary>
internal sealed class LabProgram : IDisposable
{
    private const int MissingSomething = 2;

    private readonly StringBuilder _error = new();
    private readonly StringBuilder _output = new();

    private LabProgram(IEnumerable<string> arguments, string? user)
    {
        string[] become = user is null ? [] : ["setpriv", "--reuid", user, "--regid", user, "--clear-groups"];
        string[] command = [.. become, Program, .. arguments];
        var start = new ProcessStartInfo(command[0]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in command.Skip(1))
            start.ArgumentList.Add(argument);
        start.Environment["TMPDIR"] = Folder.FullName;
        Process = Process.Start(start)!;
        Process.OutputDataReceived += (_, line) => Append(_output, line.Data);
        Process.ErrorDataReceived += (_, line) => Append(_error, line.Data);
        Process.BeginOutputReadLine();
        Process.BeginErrorReadLine();
    }

    public Process Process { get; }

    public static DirectoryInfo Folder { get; } = MakeFolder();

    public string Output => Text(_output);

    public string Error => Text(_error);

    public static string Program { get; } = FindProgram();

    public static LabProgram Start(params IEnumerable<string> arguments) => new(arguments, null);

    public static LabProgram StartAs(string user, params IEnumerable<string> arguments) => new(arguments, user);

    public static async Task<LabProgram> RunAsync(int seconds, params IEnumerable<string> arguments)
    {
        var program = new LabProgram(arguments, null);
        await program.EndAsync(seconds);
        return program;
    }

    public async Task EndAsync(int seconds)
    {
        try
        {
            await Process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(seconds));
        }
        catch (TimeoutException)
        {
            Assert.Fail($"metalsharp-lab did not end within {seconds} s; it said: {Output}{Error}");
        }
        Assert.SkipWhen(Process.ExitCode == MissingSomething, Error.Trim());
    }

    /// <summary>Waits until the program has said something on its standard output.</summary>
    public async Task UntilSaidAsync(string text, int seconds = 60)
    {
        for (var n = 0; n < seconds * 20; n++)
        {
            if (Output.Contains(text, StringComparison.Ordinal))
                return;
            if (Process.HasExited)
                await EndAsync(1);
            await Task.Delay(50);
        }
        Assert.Fail($"metalsharp-lab did not say \"{text}\" within {seconds} s; it said: {Output}{Error}");
    }

    /// <summary>The path after `export KUBECONFIG=`.</summary>
    public string Kubeconfig => Output.Split("export KUBECONFIG=")[1].Split('\n')[0].Trim();

    public string Name => Path.GetFileName(Path.GetDirectoryName(Kubeconfig))!["metalsharp-lab-".Length..];

    public void Dispose()
    {
        if (!Process.HasExited)
            Process.Kill();
        Process.WaitForExit();
        Process.Dispose();
    }

    private static void Append(StringBuilder text, string? line)
    {
        lock (text)
            text.AppendLine(line);
    }

    private static string Text(StringBuilder text)
    {
        lock (text)
            return text.ToString();
    }

    private static DirectoryInfo MakeFolder()
    {
        var folder = Directory.CreateTempSubdirectory("ms-test-");
        // Also for the test that runs as another user.
        AppDomain.CurrentDomain.ProcessExit += (_, _) => folder.Delete(recursive: true);
        folder.UnixFileMode = (UnixFileMode)0b111_111_111 | UnixFileMode.StickyBit;
        return folder;
    }

    private static string FindProgram()
    {
        var configuration = Path.GetFileName(AppContext.BaseDirectory.TrimEnd('/'));
        return Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../MetalSharp.Lab", configuration, "metalsharp-lab"));
    }
}
