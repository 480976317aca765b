using System.CommandLine;
using System.Globalization;
using MetalSharp.Lab.Network;

namespace MetalSharp.Lab.Commands;

/// <summary>What can be chosen about a lab, on every command that starts one.</summary>
internal sealed class LabOptions
{
    private readonly Option<int> _nodes = new("--nodes")
    {
        Description = $"Number of nodes, 1 to {LabNetwork.MaxNodes}.",
        DefaultValueFactory = _ => 3,
    };

    private readonly Option<string?> _program = MetalSharpProgram.Option();

    public LabOptions() => _nodes.Validators.Add(result =>
    {
        if (result.GetValueOrDefault<int>() is < 1 or > LabNetwork.MaxNodes)
            result.AddError($"--nodes takes a number from 1 to {LabNetwork.MaxNodes}.");
    });

    public void AddTo(Command command)
    {
        command.Options.Add(_nodes);
        command.Options.Add(_program);
    }

    public LabPlan Read(ParseResult result) => new(result.GetValue(_nodes), MetalSharpProgram.Find(result.GetValue(_program)));

    /// <summary>The same choices as the command line of the inner process.</summary>
    public IReadOnlyList<string> Arguments(string command, ParseResult result)
    {
        var plan = Read(result);
        return [command, "--nodes", plan.Nodes.ToString(CultureInfo.InvariantCulture), "--metalsharp", plan.Program];
    }
}
