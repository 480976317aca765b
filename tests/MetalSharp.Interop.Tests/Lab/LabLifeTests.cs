using System.Diagnostics;

namespace MetalSharp.Interop.Tests.Lab;

/// <summary>A lab as a person uses it, and what is left of it afterwards: nothing.</summary>
public sealed class LabLifeTests
{
    private const string Nobody = "65534";

    [Fact]
    public async Task A_lab_is_used_from_another_terminal_and_leaves_nothing_behind()
    {
        using var lab = LabProgram.Start("up");
        await lab.UntilSaidAsync("KUBECONFIG");

        Assert.Contains("n3", await KubectlAsync(lab, "get", "nodes"), StringComparison.Ordinal);
        Assert.Contains("192.168.3.50", await ExecAsync(lab, "client", "ip", "-br", "address"), StringComparison.Ordinal);
        Assert.Contains("n3", await ExecAsync(lab, "n1", "kubectl", "get", "nodes"), StringComparison.Ordinal);
        Assert.Contains("1 received", await ExecAsync(lab, "client", "ping", "-c", "1", "n2"), StringComparison.Ordinal);

        lab.Process.Send(Signal.Terminate);
        await lab.EndAsync(15);
        await NothingIsLeftAsync();
    }

    [Fact]
    public async Task Ctrl_C_ends_a_lab()
    {
        using var lab = LabProgram.Start("up", "--nodes", "1");
        await lab.UntilSaidAsync("KUBECONFIG");

        lab.Process.Send(Signal.Interrupt);
        await lab.EndAsync(15);
        await NothingIsLeftAsync();
    }

    [Fact]
    public async Task A_lab_whose_outer_process_is_killed_leaves_nothing_behind()
    {
        using var lab = LabProgram.Start("up", "--nodes", "2");
        await lab.UntilSaidAsync("KUBECONFIG");

        lab.Process.Kill();
        await lab.Process.WaitForExitAsync();
        await NothingIsLeftAsync();
    }

    [Fact]
    public async Task Two_labs_at_once_do_not_disturb_each_other()
    {
        using var one = LabProgram.Start("up", "--nodes", "1");
        using var two = LabProgram.Start("up", "--nodes", "2");
        await one.UntilSaidAsync("KUBECONFIG");
        await two.UntilSaidAsync("KUBECONFIG");

        Assert.DoesNotContain("n2", await KubectlAsync(one, "get", "nodes"), StringComparison.Ordinal);
        Assert.Contains("n2", await KubectlAsync(two, "get", "nodes"), StringComparison.Ordinal);
        using (var ambiguous = await LabProgram.RunAsync(10, "exec", "client", "--", "true"))
            Assert.Contains("choose one with --lab", ambiguous.Error, StringComparison.Ordinal);
        one.Process.Send(Signal.Terminate);
        await one.EndAsync(15);
        Assert.Contains("1 received", await ExecAsync(two, "client", "ping", "-c", "1", "n2"), StringComparison.Ordinal);

        two.Process.Send(Signal.Terminate);
        await two.EndAsync(15);
        await NothingIsLeftAsync();
    }

    [Fact]
    public async Task A_user_without_rights_runs_a_lab()
    {
        Assert.SkipUnless(Environment.UserName == "root", "only root can become another user");
        using var lab = LabProgram.StartAs(Nobody, "run", "demo");
        await lab.EndAsync(120);

        Assert.True(lab.Process.ExitCode == 0, lab.Output + lab.Error);
        await NothingIsLeftAsync();
    }

    [Fact]
    public async Task A_host_that_does_not_exist_and_a_lab_that_does_not_run_are_said()
    {
        using var none = await LabProgram.RunAsync(10, "exec", "client", "--", "true");

        Assert.Equal(1, none.Process.ExitCode);
        Assert.Contains("no lab is running", none.Error, StringComparison.Ordinal);
    }

    private static async Task<string> KubectlAsync(LabProgram lab, params string[] arguments)
    {
        using var kubectl = new Process
        {
            StartInfo = new("kubectl", arguments) { RedirectStandardOutput = true, RedirectStandardError = true },
        };
        kubectl.StartInfo.Environment["KUBECONFIG"] = lab.Kubeconfig;
        kubectl.StartInfo.Environment["KUBECACHEDIR"] = Path.Combine(Path.GetDirectoryName(lab.Kubeconfig)!, "cache");
        kubectl.Start();
        var (output, error) = (kubectl.StandardOutput.ReadToEndAsync(), kubectl.StandardError.ReadToEndAsync());
        await kubectl.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(20));
        Assert.True(kubectl.ExitCode == 0, await error);
        return await output;
    }

    private static async Task<string> ExecAsync(LabProgram lab, string host, params string[] command)
    {
        using var exec = await LabProgram.RunAsync(20, ["exec", "--lab", lab.Name, host, "--", .. command]);
        Assert.True(exec.Process.ExitCode == 0, exec.Error);
        return exec.Output;
    }

    /// <summary>No process in a namespace other than ours, no file. The kernel takes a moment to end the processes.</summary>
    private static async Task NothingIsLeftAsync()
    {
        IReadOnlyList<string> left = [];
        for (var n = 0; n < 100; n++)
        {
            left = [.. LabProcesses(), .. LabProgram.Folder.GetFileSystemInfos().Select(f => f.FullName)];
            if (left.Count == 0)
                return;
            await Task.Delay(50);
        }
        Assert.Fail($"left behind: {string.Join(", ", left)}");
    }

    /// <summary>
    /// Processes of a lab have the folder that these tests' labs use in their environment, or write their log there. A namespace
    /// lives as long as a process in it.
    /// </summary>
    private static IEnumerable<string> LabProcesses()
    {
        foreach (var folder in Directory.EnumerateDirectories("/proc").Where(f => int.TryParse(Path.GetFileName(f), out var id) && id != Environment.ProcessId))
        {
            string signs;
            try
            {
                signs = File.ReadAllText(Path.Combine(folder, "environ")) + new FileInfo(Path.Combine(folder, "fd/1")).LinkTarget;
            }
            catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
            {
                continue;
            }
            if (signs.Contains(LabProgram.Folder.FullName, StringComparison.Ordinal))
                yield return $"process {Path.GetFileName(folder)}";
        }
    }
}
