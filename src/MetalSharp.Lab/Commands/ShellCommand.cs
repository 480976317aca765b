using System.CommandLine;

namespace MetalSharp.Lab.Commands;

/// <summary>`metalsharp-lab shell`: a shell on a host of the running lab, or in a lab of its own.</summary>
internal static class ShellCommand
{
    public static Command Create()
    {
        var lab = RunningLab.Option();
        var options = new LabOptions();
        var host = new Argument<string>("HOST") { Description = "client, n1, n2, ..., or NAMESPACE.POD.", DefaultValueFactory = _ => "client" };
        var command = new Command("shell", """
            A shell on a host of the lab that is running; kubectl, curl, arping and ping work there. Where no lab is running,
            one is started for as long as the shell lasts.
            """) { lab, host };
        options.AddTo(command);
        command.SetAction(async (result, stop) =>
        {
            var shell = new[] { Environment.GetEnvironmentVariable("SHELL") is { Length: > 0 } own ? own : "sh" };
            if (result.GetValue(lab) is not null || LabFolder.Running().Count > 0)
                return await RunningLab.Find(result.GetValue(lab)).EnterAsync(result.GetValue(host)!, shell);
            return await Enclosure.VisitAsync(options.Arguments("up", result),
                folder => new RunningLab(folder).EnterAsync(result.GetValue(host)!, shell), stop);
        });
        return command;
    }
}
