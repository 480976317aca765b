using System.Globalization;

namespace MetalSharp.Lab;

/// <summary>
/// The one folder a lab leaves on the host while it runs: kubeconfigs, the API server's socket, logs. The outer process holds
/// a file lock in it for its life, so that anybody can tell a running lab from the rests of one that was killed.
/// </summary>
internal sealed class LabFolder(string path)
{
    private const string Prefix = "metalsharp-lab-";

    public string Path { get; } = path;

    public string Name => System.IO.Path.GetFileName(Path)[Prefix.Length..];

    /// <summary>For kubectl outside of the lab, through a port on 127.0.0.1.</summary>
    public string Kubeconfig => System.IO.Path.Combine(Path, "kubeconfig");

    /// <summary>For kubectl on the lab's hosts.</summary>
    public string InsideKubeconfig => System.IO.Path.Combine(Path, "kubeconfig.inside");

    public string ApiSocket => System.IO.Path.Combine(Path, "api.sock");

    /// <summary>kubectl keeps what it learns of a server; of this one it shall not do so in the user's home.</summary>
    public string KubectlCache => System.IO.Path.Combine(Path, "cache");

    public string Logs => System.IO.Path.Combine(Path, "logs");

    /// <summary>Written from the inside once the lab is complete.</summary>
    public string ReadyFile => System.IO.Path.Combine(Path, "ready");

    private string LockFile => System.IO.Path.Combine(Path, "lock");

    private string InitFile => System.IO.Path.Combine(Path, "init");

    /// <summary>The host's number of the process that is number 1 inside; null until the lab is up.</summary>
    public int? InitProcess =>
        File.Exists(InitFile) && int.TryParse(File.ReadAllText(InitFile), CultureInfo.InvariantCulture, out var process) ? process : null;

    public bool Exists => Directory.Exists(Path);

    /// <summary>A new folder that only its owner can read. The lock is held until the stream is disposed.</summary>
    public static (LabFolder Folder, FileStream Lock) Create()
    {
        SweepDead();
        var folder = new LabFolder(Directory.CreateTempSubdirectory(Prefix).FullName);
        Directory.CreateDirectory(folder.Logs);
        if (folder.ApiSocket.Length > 100)
            throw new LabException($"the temporary folder {System.IO.Path.GetTempPath()} has too long a name for a Unix socket in it; set TMPDIR to a shorter one");
        return (folder, new(folder.LockFile, FileMode.Create, FileAccess.Write, FileShare.None));
    }

    public static IReadOnlyList<LabFolder> Running() =>
        [.. All().Where(f => f.IsLocked && f.InitProcess is { } init && Directory.Exists($"/proc/{init}"))];

    public void MarkUp(int init)
    {
        File.WriteAllText(InitFile + ".new", init.ToString(CultureInfo.InvariantCulture));
        File.Move(InitFile + ".new", InitFile, overwrite: true);
    }

    /// <summary>Tells the end of every log, for a failure that is looked at when the folder is gone.</summary>
    public async Task TellLogsAsync(TextWriter narration)
    {
        foreach (var log in Directory.EnumerateFiles(Logs, "*.log").Order(StringComparer.Ordinal))
        {
            await narration.WriteLineAsync($"--- {System.IO.Path.GetFileName(log)}, last lines");
            foreach (var line in (await File.ReadAllLinesAsync(log)).TakeLast(15))
                await narration.WriteLineAsync(line);
        }
    }

    public void Remove()
    {
        try
        {
            Directory.Delete(Path, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // The other side of the lab was quicker.
        }
    }

    /// <summary>A lab whose processes were all killed at once could not tidy up: the next one does.</summary>
    private static void SweepDead()
    {
        foreach (var folder in All())
        {
            try
            {
                if (File.Exists(folder.LockFile) && !folder.IsLocked)
                    folder.Remove();
            }
            catch (Exception notOurs) when (notOurs is UnauthorizedAccessException or IOException)
            {
                // Another user's.
            }
        }
    }

    private static IEnumerable<LabFolder> All() =>
        Directory.EnumerateDirectories(System.IO.Path.GetTempPath(), Prefix + "*").Select(path => new LabFolder(path));

    private bool IsLocked
    {
        get
        {
            try
            {
                using var free = new FileStream(LockFile, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
                return false;
            }
            catch (FileNotFoundException)
            {
                return false;
            }
            catch (DirectoryNotFoundException)
            {
                return false;
            }
            catch (UnauthorizedAccessException)
            {
                return false;
            }
            catch (IOException)
            {
                return true;
            }
        }
    }
}
