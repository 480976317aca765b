using MetalSharp.Lab.Network;

namespace MetalSharp.Lab;

/// <summary>A running lab, seen from process 1 inside of it.</summary>
internal sealed class Lab : IAsyncDisposable
{
    private Lab(LabFolder folder, LabPlan plan)
    {
        Folder = folder;
        Plan = plan;
    }

    public LabFolder Folder { get; }

    public LabPlan Plan { get; }

    public LabNetwork Network { get; } = new();

    public string Description => $"""
        The lab is up: {string.Join(", ", Network.Hosts.Select(h => $"{h.Name} {h.Address}"))}.

          export KUBECONFIG={Folder.Kubeconfig}
        """;

    /// <param name="port">Where on the host's 127.0.0.1 the outer process passes connections on to the API server.</param>
    public static async Task<Lab> StartAsync(LabFolder folder, int port, LabPlan plan, CancellationToken stop)
    {
        var lab = new Lab(folder, plan);
        await lab.Network.CreateAsync(plan.Nodes, stop);
        return lab;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
