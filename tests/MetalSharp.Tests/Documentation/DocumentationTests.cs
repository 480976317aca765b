using System.CommandLine;
using System.Text.RegularExpressions;
using MetalSharp.Allocation;
using MetalSharp.Announcement;
using MetalSharp.Commands;
using MetalSharp.Layer2;

namespace MetalSharp.Tests.Documentation;

/// <summary>What the documents say exists, exists; what an operator may meet is in the documents.</summary>
public sealed partial class DocumentationTests
{
    private static readonly string Root = SharedCases.RepositoryRoot();

    private static readonly string Operations = File.ReadAllText(Path.Combine(Root, "docs", "operations.md"));

    public static TheoryData<string> Documents => [.. MarkdownFiles()];

    [Theory]
    [InlineData(typeof(AllocationReason))]
    [InlineData(typeof(ReleaseReason))]
    [InlineData(typeof(ExclusionReason))]
    [InlineData(typeof(LinkExclusion))]
    public void Every_reason_is_explained_to_operators(Type reasons) =>
        Assert.All(Enum.GetNames(reasons), reason => Assert.Contains($"| `{reason}` |", Operations, StringComparison.Ordinal));

    [Fact]
    public void The_log_name_of_every_exclusion_is_the_documented_one() =>
        Assert.All(
            Enum.GetValues<ExclusionReason>(),
            reason => Assert.Contains($"| `{reason}` | `{reason.LogName()}` |", Operations, StringComparison.Ordinal));

    [Fact]
    public void The_table_of_metrics_is_what_the_program_registers()
    {
        var registered = Directory.EnumerateFiles(Path.Combine(Root, "src", "MetalSharp"), "*.cs", SearchOption.AllDirectories)
            .SelectMany(file => MetricName.Matches(File.ReadAllText(file)).Select(match => match.Groups[1].Value))
            .Distinct()
            .Order(StringComparer.Ordinal);
        var documented = MetricRow.Matches(Operations).Select(match => match.Groups[1].Value).Order(StringComparer.Ordinal);
        Assert.Equal(registered, documented);
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public void Links_and_paths_lead_somewhere(string document)
    {
        var text = File.ReadAllText(Path.Combine(Root, document));
        var folder = Path.GetDirectoryName(document)!;
        var targets = RelativeLink.Matches(text).Select(match => Path.Combine(folder, match.Groups[1].Value))
            .Concat(PathInCommand.Matches(text).Select(match => match.Value));
        Assert.All(targets, target => Assert.True(Path.Exists(Path.Combine(Root, target)), target));
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public void Targets_of_make_exist(string document)
    {
        var makefile = File.ReadAllText(Path.Combine(Root, "Makefile"));
        var targets = MakeTarget.Matches(File.ReadAllText(Path.Combine(Root, document))).Select(match => match.Groups[1].Value);
        Assert.All(targets, target => Assert.Contains($"\n{target}:", makefile, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_option_has_a_description_and_every_command_an_example()
    {
        foreach (var command in (Command[])[ControllerCommand.Create(), SpeakerCommand.Create()])
        {
            Assert.Contains("Example: metalsharp " + command.Name, command.Description, StringComparison.Ordinal);
            Assert.All(command.Options, option => Assert.False(string.IsNullOrWhiteSpace(option.Description), option.Name));
            var example = command.Description!.Split("Example: metalsharp ")[1].Trim();
            var root = new RootCommand { command };
            Assert.Empty(root.Parse(example).Errors);
        }
    }

    private static IEnumerable<string> MarkdownFiles() =>
        Directory.EnumerateFiles(Root, "*.md")
            .Concat(Directory.EnumerateFiles(Path.Combine(Root, "docs"), "*.md", SearchOption.AllDirectories))
            .Select(file => Path.GetRelativePath(Root, file))
            .Order(StringComparer.Ordinal);

    [GeneratedRegex(@"(?:Counter|Gauge|Histogram)\(\s*""([a-z0-9_]+)""")]
    private static partial Regex MetricName { get; }

    [GeneratedRegex(@"^\| `([a-z0-9_]+)` \|", RegexOptions.Multiline)]
    private static partial Regex MetricRow { get; }

    [GeneratedRegex(@"\]\(([^):#]+)\)")]
    private static partial Regex RelativeLink { get; }

    [GeneratedRegex(@"(?<=[\s`])(?:deploy|config|docs|src|tests|eng)/[\w./-]*\w")]
    private static partial Regex PathInCommand { get; }

    [GeneratedRegex(@"(?:`|^)make ([a-z]+)\b", RegexOptions.Multiline)]
    private static partial Regex MakeTarget { get; }
}
