using MetalSharp.Lab.Network;
using MetalSharp.Lab.Nodes;

namespace MetalSharp.Lab;

/// <summary>The inner half: process 1 of the lab. It lives as long as the pipe from the outer half is open.</summary>
internal static class Inhabitant
{
    public static async Task<int> RunAsync(Func<CancellationToken, Task<int>> live)
    {
        var (folder, _) = Enclosure.Inner!.Value;
        using var gone = new CancellationTokenSource();
        var lifeLine = WatchAsync(gone);
        try
        {
            // `ip netns` keeps its names in /run, and pods find their service account there: this mount is the lab's own.
            await Tool.RunAsync(["mount", "-t", "tmpfs", "-o", "mode=0755", "lab", "/run"], stop: gone.Token);
            await CoverAsync("/etc/hosts", LabNetwork.HostsFile, gone.Token);
            await CoverAsync("/etc/resolv.conf", "", gone.Token);
            return await live(gone.Token);
        }
        catch (OperationCanceledException) when (gone.IsCancellationRequested)
        {
            return 130;
        }
        finally
        {
            if (lifeLine.IsCompleted)
            {
                // The outer half may be gone; nobody shall write into the folder after it is.
                Signals.KillEverybodyElse();
                folder.Remove();
            }
        }
    }

    /// <summary>Shows the lab another text in place of a file of the host's: its own names, and no name server it cannot reach.</summary>
    private static async Task CoverAsync(string file, string text, CancellationToken stop)
    {
        if (!File.Exists(file))
            return;
        var cover = Path.Combine("/run", Path.GetFileName(file));
        await File.WriteAllTextAsync(cover, text, stop);
        await Tool.RunAsync(["mount", "--bind", cover, file], stop: stop);
    }

    private static async Task WatchAsync(CancellationTokenSource gone)
    {
        using var pipe = Console.OpenStandardInput();
        var buffer = new byte[64];
        while (await pipe.ReadAsync(buffer) > 0) { }
        await gone.CancelAsync();
    }
}
