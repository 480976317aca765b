using System.CommandLine;

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
        RunningProcess.RunAsync("controller", settings, process => Task.CompletedTask, stop);
}
