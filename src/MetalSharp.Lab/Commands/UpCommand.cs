using System.CommandLine;

namespace MetalSharp.Lab.Commands;

/// <summary>`metalsharp-lab up`: a lab until Ctrl-C.</summary>
internal static class UpCommand
{
    public static Command Create()
    {
        var options = new LabOptions();
        var command = new Command("up", """
            Start a lab and keep it until Ctrl-C (or SIGTERM). Then, from another terminal:

              export KUBECONFIG=...                      (the path that is printed)
              kubectl get nodes
              metalsharp-lab exec client -- curl -s http://192.168.3.100:8080/
              metalsharp-lab shell n1
            """);
        options.AddTo(command);
        command.SetAction(async (result, stop) =>
        {
            if (Enclosure.Inner is not { } inner)
                return await Enclosure.RunAsync(options.Arguments("up", result), stop);
            return await Inhabitant.RunAsync(async (gone) =>
            {
                await using var lab = await Lab.StartAsync(inner.Folder, inner.Port, options.Read(result), gone);
                await Console.Out.WriteLineAsync(lab.Description);
                await File.WriteAllTextAsync(inner.Folder.ReadyFile, "", gone);
                await Task.Delay(Timeout.Infinite, gone).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                return 0;
            });
        });
        return command;
    }
}
