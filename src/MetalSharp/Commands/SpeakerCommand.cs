using System.CommandLine;
using MetalSharp.Speaker;

namespace MetalSharp.Commands;

/// <summary><c>metalsharp speaker</c>: makes the network deliver the addresses to this node.</summary>
internal static class SpeakerCommand
{
    public static Command Create()
    {
        var options = new ClusterOptions();
        var nodeName = ClusterOptions.FromEnvironment("--node-name", "METALSHARP_NODE_NAME", "Name of the Node this speaker runs on. Required");
        nodeName.Validators.Add(result =>
        {
            if (string.IsNullOrEmpty(result.GetValueOrDefault<string?>()))
                result.AddError("--node-name is required: set it, or METALSHARP_NODE_NAME, to the name of the Node (in a manifest: fieldRef spec.nodeName)");
        });
        var command = new Command("speaker", """
            Announce the addresses of LoadBalancer Services from this node. Runs on every node, in the host's network, with NET_RAW.

            Example: metalsharp speaker --kubeconfig ~/.kube/config --node-name node-1
            """);
        command.Add(nodeName);
        options.AddTo(command);
        command.SetAction((parsed, stop) => RunAsync(options.Read(parsed), new NodeName(parsed.GetValue(nodeName)!), stop));
        return command;
    }

    private static Task<int> RunAsync(ClusterSettings settings, NodeName node, CancellationToken stop) =>
        RunningProcess.RunAsync("speaker", settings, process => SpeakerProcess.RunAsync(process, node), stop);
}
