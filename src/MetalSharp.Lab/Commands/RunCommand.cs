using System.CommandLine;

namespace MetalSharp.Lab.Commands;

/// <summary>`metalsharp-lab run SCENARIO`.</summary>
internal static class RunCommand
{
    public static Command Create() => new("run", "Run a scenario in a lab of its own.");
}
