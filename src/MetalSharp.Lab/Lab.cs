using MetalSharp.Kubernetes;
using MetalSharp.Kubernetes.Models;
using MetalSharp.Lab.ApiServer;
using MetalSharp.Lab.Network;
using MetalSharp.Lab.Nodes;

namespace MetalSharp.Lab;

/// <summary>A running lab, seen from process 1 inside of it.</summary>
internal sealed class Lab : IAsyncDisposable
{
    private const int ApiPort = 6443;
    private const string AccountsFolder = "/run/metalsharp-lab/accounts";

    private readonly LabFolder _folder;
    private readonly LabPlan _plan;
    private readonly LabLog _log;

    private Lab(LabFolder folder, LabPlan plan)
    {
        (_folder, _plan) = (folder, plan);
        _log = new(Path.Combine(folder.Logs, "lab.log"));
        Api = new(new()
        {
            Endpoints = [new(Network.Lan.OwnAddress, ApiPort)],
            SocketPath = folder.ApiSocket,
        });
    }

    public LabNetwork Network { get; } = new();

    public EmbeddedApiServer Api { get; }

    public KubernetesClient Client { get; private set; } = null!;

    public Cluster Cluster { get; private set; } = null!;

    /// <summary>The namespace MetalSharp runs in.</summary>
    public string SystemNamespace => _plan.SystemNamespace;

    public string Description => $"""
        The lab is up: {string.Join(", ", Network.Hosts.Select(h => $"{h.Name} {h.Address}"))}.

          export KUBECONFIG={_folder.Kubeconfig}
          kubectl get nodes
          metalsharp-lab exec client -- ping -c 1 n1
          metalsharp-lab shell

        The pods' logs are in {_folder.Logs}. Ctrl-C ends the lab.
        """;

    /// <summary>How many writes to the status of a Service the API server has seen.</summary>
    public long StatusWrites => Api.Statistics.Total(kind => kind is { Resource: "services/status", Verb: "update" or "patch" });

    public string LogFolder => _folder.Logs;

    private Uri Server => new($"https://{Network.Lan.OwnAddress}:{ApiPort}");

    /// <param name="port">Where on the host's 127.0.0.1 the outer process passes connections on to the API server.</param>
    public static async Task<Lab> StartAsync(LabFolder folder, int port, LabPlan plan, CancellationToken stop)
    {
        var lab = new Lab(folder, plan);
        await lab.Network.CreateAsync(plan.Nodes, stop);
        await lab.Api.StartAsync(stop);
        lab.Api.WriteKubeconfig(folder.InsideKubeconfig, lab.Server.ToString());
        lab.Api.WriteKubeconfig(folder.Kubeconfig, $"https://127.0.0.1:{port}");

        lab.Client = new(ClusterAccess.Load(folder.InsideKubeconfig), TimeProvider.System, "metalsharp-lab");
        lab.Cluster = new(lab.Client, lab.Network, new(lab.Client, plan.Program, lab.WriteAccountAsync, folder.Logs, lab.Server, lab._log));
        foreach (var host in lab.Network.Hosts.Where(h => h != lab.Network.Client).ToList())
            await lab.Cluster.AddNodeAsync(host, stop);
        await lab.InstallAsync(stop);
        return lab;
    }

    public static bool IsSpeaker(V1Pod pod) => IsComponent(pod, "speaker");

    public static bool IsController(V1Pod pod) => IsComponent(pod, "controller");

    /// <summary>Runs kubectl as the lab's administrator, beside the API server.</summary>
    public Task<string> KubectlAsync(IEnumerable<string> arguments, string? input, CancellationToken stop) =>
        Tool.RunAsync(["kubectl", .. arguments], input, new Dictionary<string, string>
        {
            ["KUBECONFIG"] = _folder.InsideKubeconfig,
            ["KUBECACHEDIR"] = _folder.KubectlCache,
        }, stop);

    /// <summary>One more machine on the LAN, which becomes a node.</summary>
    public async Task<LabNode> AddNodeAsync(CancellationToken stop)
    {
        var host = await Network.AddNodeAsync(Cluster.Nodes.Count + 1, stop);
        await Cluster.AddNodeAsync(host, stop);
        return Cluster.Node(host.Name);
    }

    /// <summary>Installs MetalSharp as an operator would. That its pods run is for the caller to wait for: some need a ConfigMap first.</summary>
    private async Task InstallAsync(CancellationToken stop)
    {
        if (Path.GetFileName(_plan.Manifests) != "base")
            await Client.CreateAsync(ResourceKinds.Namespaces, new() { Metadata = new() { Name = SystemNamespace } }, stop);
        await KubectlAsync(["apply", "-k", MetalSharpProgram.FindInRepository(_plan.Manifests)], null, stop);
    }

    /// <summary>What Kubernetes mounts into a pod at /var/run/secrets/kubernetes.io/serviceaccount.</summary>
    private async Task<string> WriteAccountAsync(V1Pod pod)
    {
        var folder = Path.Combine(AccountsFolder, pod.Metadata.Uid!);
        Directory.CreateDirectory(folder);
        var account = pod.Spec!.ServiceAccountName ?? "default";
        await File.WriteAllTextAsync(Path.Combine(folder, "token"), Api.CreateServiceAccountToken(pod.Metadata.Namespace!, account));
        await File.WriteAllTextAsync(Path.Combine(folder, "ca.crt"), Api.CaCertificatePem);
        await File.WriteAllTextAsync(Path.Combine(folder, "namespace"), pod.Metadata.Namespace);
        return folder;
    }

    private static bool IsComponent(V1Pod pod, string component) =>
        pod.Metadata.Labels?.GetValueOrDefault("app.kubernetes.io/name") == "metalsharp"
        && pod.Metadata.Labels.GetValueOrDefault("app.kubernetes.io/component") == component;

    public async ValueTask DisposeAsync()
    {
        await Cluster.DisposeAsync();
        Client.Dispose();
        await Api.DisposeAsync();
        _log.Dispose();
    }
}
