using System.CommandLine;

namespace MetalSharp.Lab;

/// <summary>What kind of lab to start.</summary>
/// <param name="Nodes">How many nodes.</param>
/// <param name="Program">The path of the metalsharp program its controllers and speakers run.</param>
/// <param name="Manifests">The kustomization that installs MetalSharp.</param>
internal sealed record LabPlan(int Nodes, string Program, string Manifests = "deploy/base")
{
    /// <summary>Where MetalSharp runs and reads its ConfigMap. An overlay has the name of its namespace.</summary>
    public string SystemNamespace => Path.GetFileName(Manifests) is "base" ? "metalsharp-system" : Path.GetFileName(Manifests);
}

/// <summary>Where the program under test and its manifests are found.</summary>
internal static class MetalSharpProgram
{
    public static Option<string?> Option() => new("--metalsharp")
    {
        Description = "The metalsharp program to run as controller and speaker (default: the one beside this program).",
    };

    public static string Find(string? given)
    {
        if (given is not null)
            return File.Exists(given) ? Path.GetFullPath(given) : throw new LabException($"there is no program {given}");
        var here = AppContext.BaseDirectory.TrimEnd('/');
        // Beside us when installed or in bin/; in the neighbour's folder when built by dotnet.
        string[] places = [Path.Combine(here, "metalsharp"), Path.Combine(here, "../../MetalSharp", Path.GetFileName(here), "metalsharp"), Path.Combine(here, "../metalsharp/metalsharp")];
        return places.Where(File.Exists).Select(Path.GetFullPath).FirstOrDefault()
            ?? throw new LabException($"the program metalsharp is not beside {Environment.ProcessPath}; build it with `make build`, or name it with --metalsharp");
    }

    /// <summary>A folder or file of the repository, found from this program upwards.</summary>
    public static string FindInRepository(string path)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (Path.Exists(Path.Combine(folder.FullName, path)))
                return Path.Combine(folder.FullName, path);
        throw new LabException($"{path} is in no folder above {AppContext.BaseDirectory}; the lab runs from a clone of the repository");
    }
}
