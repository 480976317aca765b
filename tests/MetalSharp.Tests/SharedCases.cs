using System.Text.Json;

namespace MetalSharp.Tests;

/// <summary>The acceptance cases that stand beside the repository. A test that needs one is skipped where they are absent.</summary>
internal static class SharedCases
{
    public static JsonElement Read(string file)
    {
        var path = Path.Combine(RepositoryRoot(), "..", "shared", "cases", file);
        Assert.SkipUnless(File.Exists(path), $"../shared/cases/{file} is not there");
        using var document = JsonDocument.Parse(File.ReadAllText(path));
        return document.RootElement.Clone();
    }

    public static string RepositoryRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "MetalSharp.sln")))
                return folder.FullName;
        }

        throw new InvalidOperationException("the tests do not run from inside the repository");
    }
}
