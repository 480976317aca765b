using System.CommandLine;
using MetalSharp.Kubernetes;
using MetalSharp.Lab;
using MetalSharp.Lab.Commands;

var root = new RootCommand("A Kubernetes cluster for MetalSharp in network namespaces on this machine: an API server that kubectl can talk to, nodes, pods, a client on the same LAN. The machine's own network is never touched, and nothing is left behind.")
{
    UpCommand.Create(),
    ExecCommand.Create(),
    ApiCommand.Create(),
    ShellCommand.Create(),
    RunCommand.Create(),
};

// The list of commands is for finding one; each command's own --help has its examples.
if (args is [] or ["--help" or "-h" or "-?"])
    foreach (var command in root.Subcommands)
        command.Description = command.Description?.Split('\n')[0];

try
{
    return await root.Parse(args).InvokeAsync(new()
    {
        EnableDefaultExceptionHandler = false,
        ProcessTerminationTimeout = TimeSpan.FromSeconds(20),
    });
}
catch (LabException failure)
{
    await Console.Error.WriteLineAsync($"metalsharp-lab: {failure.Message}");
    return failure.ExitCode;
}
catch (KubernetesException failure)
{
    await Console.Error.WriteLineAsync($"metalsharp-lab: {failure.Message}");
    return 1;
}
catch (OperationCanceledException)
{
    return 130;
}
