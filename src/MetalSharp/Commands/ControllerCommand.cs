using System.CommandLine;
using MetalSharp.Controller;
using Microsoft.Extensions.Logging;

namespace MetalSharp.Commands;

/// <summary><c>metalsharp controller</c>: gives Services their addresses.</summary>
internal static class ControllerCommand
{
    public static Command Create()
    {
        var options = new ClusterOptions();
        var command = new Command("controller", """
            Give LoadBalancer Services addresses from the configured pools. Runs in the cluster; of several replicas one works.

            Example: metalsharp controller --kubeconfig ~/.kube/config --namespace metallb-system
            """);
        options.AddTo(command);
        command.SetAction((parsed, stop) => RunAsync(options.Read(parsed), stop));
        return command;
    }

    private static Task<int> RunAsync(ClusterSettings settings, CancellationToken stop) =>
        RunningProcess.RunAsync("controller", settings, RunAsync, stop);

    private static Task RunAsync(RunningProcess process)
    {
        // In a pod the host's name is the pod's; the rest tells two processes on one host apart.
        var identity = $"{Environment.MachineName}_{Environment.ProcessId}_{Random.Shared.Next():x8}";
        var options = new ControllerOptions(process.Namespace, process.Settings.ConfigMap, process.Settings.LoadBalancerClass, identity);
        return new ControllerLoop(process.Client, options, process.Metrics, process.Health, process.Time, process.Logging.CreateLogger("controller"))
            .RunAsync(process.Stop);
    }
}
