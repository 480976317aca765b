using System.Text.Json;

namespace MetalSharp.Tests.Configuration;

/// <summary>The acceptance cases that stand beside the repository, where they are there.</summary>
internal static class SharedCases
{
    /// <summary>Skips the test with its reason when the folder is absent.</summary>
    public static JsonElement Read(string file)
    {
        var path = Path.Combine(RepositoryRoot(), "..", "shared", "cases", file);
        Assert.SkipUnless(File.Exists(path), $"../shared/cases/{file} is not beside this repository");
        using var document = JsonDocument.Parse(File.ReadAllText(path));
        return document.RootElement.Clone();
    }

    public static string RepositoryRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "MetalSharp.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("no MetalSharp.sln above " + AppContext.BaseDirectory);
    }
}
