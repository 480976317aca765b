using System.CommandLine;
using System.Globalization;

namespace MetalSharp.Lab;

/// <summary>A lab that another terminal has started, entered from here.</summary>
internal sealed class RunningLab(LabFolder folder)
{
    public static Option<string?> Option() => new("--lab") { Description = "Which lab, where several are running: the last part of its folder's name." };

    public static RunningLab Find(string? name)
    {
        var running = LabFolder.Running().Where(f => name is null || f.Name == name).ToList();
        return running switch
        {
            [var one] => new(one),
            [] => throw new LabException(name is null ? "no lab is running; start one with `metalsharp-lab up`" : $"no lab {name} is running"),
            _ => throw new LabException($"several labs are running ({string.Join(", ", running.Select(f => f.Name))}); choose one with --lab"),
        };
    }

    /// <summary>Runs a command on a host with our terminal and working directory; gives its exit code.</summary>
    public async Task<int> EnterAsync(string host, IEnumerable<string> command)
    {
        var init = folder.InitProcess ?? throw new LabException($"the lab {folder.Name} is not up");
        string[] where = host == "lan" ? [] : ["ip", "netns", "exec", host];
        var process = Tool.Start(
        [
            "nsenter", $"--target={init.ToString(CultureInfo.InvariantCulture)}", "--user", "--net", "--mount", "--pid", "--preserve-credentials", "--",
            .. where, "sh", "-c", "cd \"$0\" 2>/dev/null; exec \"$@\"", Environment.CurrentDirectory, .. command,
        ], new Dictionary<string, string>
        {
            ["KUBECONFIG"] = folder.InsideKubeconfig,
            ["KUBECACHEDIR"] = folder.KubectlCache,
            ["METALSHARP_LAB_HOST"] = host,
            ["PS1"] = $"{host}:\\w# ",
        }, Tool.Streams.None);
        using (process)
        {
            await process.WaitForExitAsync();
            return process.ExitCode;
        }
    }
}
