using System.CommandLine;
using System.Net;
using MetalSharp.Lab.ApiServer;

namespace MetalSharp.Lab.Commands;

/// <summary><c>metalsharp-lab api</c>: only the API server, on a loopback port, until it is told to stop.</summary>
internal static class ApiCommand
{
    public static Command Create()
    {
        var port = new Option<int>("--port") { Description = "The loopback port to listen on; 0 takes a free one." };
        var kubeconfig = new Option<string?>("--kubeconfig")
        {
            Description = "Where to write the kubeconfig. Without it the file goes into a temporary folder that is removed at the end.",
            HelpName = "FILE",
        };
        var command = new Command("api", """
            Run only the lab's Kubernetes API server, on a loopback port, until Ctrl-C (or SIGTERM). For example:

              metalsharp-lab api --port 6443 --kubeconfig /tmp/kubeconfig
              kubectl --kubeconfig /tmp/kubeconfig apply -f config/samples
            """) { port, kubeconfig };
        command.SetAction((parsed, stop) => RunAsync(parsed.GetValue(port), parsed.GetValue(kubeconfig), stop));
        return command;
    }

    private static async Task<int> RunAsync(int port, string? kubeconfig, CancellationToken stop)
    {
        var folder = kubeconfig is null ? Directory.CreateTempSubdirectory("metalsharp-lab-") : null;
        var path = Path.GetFullPath(kubeconfig ?? Path.Combine(folder!.FullName, "kubeconfig"));
        try
        {
            await using var server = new EmbeddedApiServer(new ApiServerOptions { Endpoints = [new IPEndPoint(IPAddress.Loopback, port)] });
            await server.StartAsync(stop);
            var url = $"https://127.0.0.1:{server.Endpoints[0].Port}";
            server.WriteKubeconfig(path, url);
            Console.WriteLine($"The API server listens on {url}. Use it with:");
            Console.WriteLine($"export KUBECONFIG={path}");
            await Task.Delay(Timeout.Infinite, stop);
            return 0;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return 0;
        }
        catch (IOException failure)
        {
            await Console.Error.WriteLineAsync($"metalsharp-lab api: {failure.Message}");
            return 1;
        }
        finally
        {
            folder?.Delete(recursive: true);
        }
    }
}
