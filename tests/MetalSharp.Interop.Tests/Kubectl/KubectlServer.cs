using System.ComponentModel;
using System.Diagnostics;
using MetalSharp.Interop.Tests.Lab;

namespace MetalSharp.Interop.Tests.Kubectl;

/// <summary>What a kubectl command said.</summary>
internal sealed record KubectlResult(int ExitCode, string Output, string Error)
{
    public string[] Lines => Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>A table's rows as their cells.</summary>
    public string[][] Rows => [.. Lines.Select(line => System.Text.RegularExpressions.Regex.Split(line.TrimEnd(), "  +"))];
}

/// <summary>One API server for all kubectl tests, run as a person runs it, and kubectl with a home of its own.</summary>
public sealed class KubectlServer : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly DirectoryInfo _home = Directory.CreateTempSubdirectory("ms-test-kubectl-");
    private LabProgram? _program;
    private int _namespaces;

    public string Folder => _home.FullName;

    internal string Kubeconfig
    {
        get
        {
            Assert.SkipWhen(_program is null, "kubectl is not installed");
            return _program.Kubeconfig;
        }
    }

    public async ValueTask InitializeAsync()
    {
        if (!HasKubectl())
            return;
        _program = LabProgram.Start("api");
        await _program.UntilSaidAsync("export KUBECONFIG=");
    }

    public async ValueTask DisposeAsync()
    {
        if (_program is not null)
        {
            var kubeconfig = _program.Kubeconfig;
            _program.Process.Send(Signal.Terminate);
            await _program.EndAsync(20);
            Assert.Equal(0, _program.Process.ExitCode);
            Assert.False(Path.Exists(Path.GetDirectoryName(kubeconfig)), "the server left its folder behind");
            _program.Dispose();
        }
        _home.Delete(recursive: true);
    }

    /// <summary>Writes a file for kubectl to read, and returns its path.</summary>
    public string Write(string name, string content)
    {
        var path = Path.Combine(Folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
        return path;
    }

    /// <summary>A namespace no other test uses.</summary>
    internal async Task<string> NamespaceAsync()
    {
        var name = $"test-{++_namespaces}";
        await OkAsync("create", "namespace", name);
        return name;
    }

    /// <summary>Runs kubectl and expects it to succeed; returns what it printed.</summary>
    internal async Task<KubectlResult> OkAsync(params string[] arguments)
    {
        var result = await RunAsync(arguments);
        Assert.True(result.ExitCode == 0, $"kubectl {string.Join(' ', arguments)}: {result.Error}");
        return result;
    }

    /// <summary>Runs kubectl and expects it to fail; returns the message.</summary>
    internal async Task<string> RefusedAsync(params string[] arguments)
    {
        var result = await RunAsync(arguments);
        Assert.True(result.ExitCode != 0, $"kubectl {string.Join(' ', arguments)} succeeded: {result.Output}");
        return result.Error.Trim();
    }

    internal async Task<KubectlResult> RunAsync(params string[] arguments)
    {
        using var process = Start(arguments);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        try
        {
            await process.WaitForExitAsync().WaitAsync(Patience);
        }
        catch (TimeoutException)
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"kubectl {string.Join(' ', arguments)} did not end");
        }
        return new KubectlResult(process.ExitCode, await output, await error);
    }

    internal Process Start(params string[] arguments)
    {
        Assert.SkipWhen(_program is null, "kubectl is not installed");
        var start = new ProcessStartInfo("kubectl")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Folder,
        };
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        start.Environment["HOME"] = Folder;
        start.Environment["KUBECONFIG"] = _program.Kubeconfig;
        start.Environment["EDITOR"] = $"sh {Path.Combine(Folder, "editor.sh")}";
        return Process.Start(start)!;
    }

    private static bool HasKubectl()
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo("kubectl", "version --client") { RedirectStandardOutput = true, RedirectStandardError = true });
            process!.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }
}

[CollectionDefinition(Name)]
public sealed class KubectlCollection : ICollectionFixture<KubectlServer>
{
    public const string Name = "kubectl";
}
