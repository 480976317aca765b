namespace MetalSharp.Lab.Scenarios;

/// <summary>Something that happens to a cluster, and what must be seen then. Each runs in a lab of its own.</summary>
internal abstract class Scenario
{
    public static IReadOnlyList<Scenario> All { get; } =
    [
        new Demo(), new Failover(), new LocalPolicy(), new Join(), new ControllerRestart(), new Scale(), new Memory(), new ApiOutage(), new BadConfig(), new Flood(),
    ];

    /// <summary>As on the command line.</summary>
    public abstract string Name { get; }

    /// <summary>One line for the list.</summary>
    public abstract string Description { get; }

    /// <summary>How often the fault is repeated when --runs does not say it.</summary>
    public virtual int Runs => 1;

    public virtual int Nodes => 3;

    /// <summary>The kustomization that installs MetalSharp.</summary>
    public virtual string Manifests => "deploy/base";

    public abstract Task RunAsync(ScenarioRun run);
}

/// <summary>What must be seen was not.</summary>
internal sealed class ExpectationException(string message) : LabException(message);

/// <summary>What the command line says about a run.</summary>
/// <param name="Runs">How often the fault is repeated.</param>
/// <param name="Seed">For everything that is drawn by lot.</param>
/// <param name="Duration">Of the fault, in scenarios whose fault has a length.</param>
internal sealed record ScenarioSettings(int Runs, int Seed, TimeSpan Duration);
