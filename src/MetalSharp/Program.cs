using System.CommandLine;
using MetalSharp.Commands;

var root = new RootCommand("MetalSharp gives LoadBalancer Services of a bare-metal Kubernetes cluster addresses that the network delivers.")
{
    ControllerCommand.Create(),
    SpeakerCommand.Create(),
};
var parsed = root.Parse(args);
var exitCode = await parsed.InvokeAsync();
return parsed.Errors.Count > 0 ? ExitCodes.UnusableArguments : exitCode;
