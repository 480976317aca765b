using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using MetalSharp.Interop.Tests.Lab;
using MetalSharp.Kubernetes;
using MetalSharp.Kubernetes.Models;

namespace MetalSharp.Interop.Tests.Controller;

/// <summary>The lab's API server with the real controller, one replica or more, as processes.</summary>
internal sealed class ControllerCluster : IAsyncDisposable
{
    public const string Namespace = "metallb-system";

    private readonly List<Program> _programs = [];
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ms-controller-");
    private KubernetesClient? _client;

    private ControllerCluster()
    {
    }

    public KubernetesClient Client => _client!;

    public IEnumerable<Program> Controllers => _programs.Skip(1);

    private string Kubeconfig => Path.Combine(_folder.FullName, "kubeconfig");

    public static async Task<ControllerCluster> StartAsync(int replicas, string? configuration)
    {
        var cluster = new ControllerCluster();
        try
        {
            var api = cluster.Run("MetalSharp.Lab", "metalsharp-lab", "api", "--kubeconfig", cluster.Kubeconfig);
            await api.UntilSaidAsync("KUBECONFIG=");
            cluster._client = new(ClusterAccess.Load(cluster.Kubeconfig), TimeProvider.System, "controller-tests");
            await cluster.ApplyAsync($"apiVersion: v1\nkind: Namespace\nmetadata: {{name: {Namespace}}}");
            if (configuration is not null)
                await cluster.ConfigureAsync(configuration);
            for (var replica = 0; replica < replicas; replica++)
                cluster.StartController();
            foreach (var controller in cluster.Controllers)
                await controller.UntilSaidAsync("\"stateSynced\"");
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    public Program StartController() =>
        Run("MetalSharp", "metalsharp", "controller", "--kubeconfig", Kubeconfig, "--namespace", Namespace, "--port", FreePort());

    public Task ConfigureAsync(string configuration) => ApplyAsync($"""
        apiVersion: v1
        kind: ConfigMap
        metadata:
          namespace: {Namespace}
          name: config
        data:
          config: |
        {string.Join('\n', configuration.Split('\n').Select(line => "    " + line))}
        """);

    public Task<string> ApplyAsync(string yaml) => KubectlAsync(yaml, "apply", "-f", "-");

    public Task<string> KubectlAsync(params string[] arguments) => KubectlAsync(null, arguments);

    public Task<V1Service> CreateAsync(string name, CancellationToken stop = default) => Client.CreateAsync(ResourceKinds.Services, new()
    {
        Metadata = new() { Namespace = "default", Name = name },
        Spec = new() { Type = "LoadBalancer", Ports = [new() { Port = 80 }] },
    }, stop);

    /// <summary>The addresses by name, of the Services that have one.</summary>
    public async Task<Dictionary<string, string>> AddressesAsync()
    {
        var services = await Client.ListAllAsync(ResourceKinds.Services, "default");
        return services.Items
            .Where(service => service.Status?.LoadBalancer?.Ingress is { Count: > 0 })
            .ToDictionary(service => service.Metadata.Name!, service => string.Join(",", service.Status!.LoadBalancer!.Ingress!.Select(one => one.Ip)));
    }

    public async Task<string?> AddressOfAsync(string name) => (await AddressesAsync()).GetValueOrDefault(name);

    public async Task UntilAsync(Func<Task<bool>> met, string otherwise, int seconds = 30)
    {
        var begun = Stopwatch.GetTimestamp();
        while (!await met())
        {
            Assert.True(Stopwatch.GetElapsedTime(begun).TotalSeconds < seconds, $"{otherwise}; the controllers said: {string.Join("", Controllers.Select(one => one.Output))}");
            await Task.Delay(50);
        }
    }

    /// <summary>The sum of a metric over all replicas that run.</summary>
    public async Task<double> MetricAsync(string series)
    {
        using var http = new HttpClient();
        var sum = 0.0;
        foreach (var controller in Controllers.Where(one => !one.Process.HasExited))
        {
            var text = await http.GetStringAsync(new Uri($"http://127.0.0.1:{controller.Arguments[^1]}/metrics"));
            sum += text.Split('\n').Where(line => line.StartsWith(series + " ", StringComparison.Ordinal)).Sum(line => double.Parse(line[(series.Length + 1)..], null));
        }

        return sum;
    }

    public async ValueTask DisposeAsync()
    {
        _client?.Dispose();
        foreach (var program in Enumerable.Reverse(_programs))
            await program.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    private async Task<string> KubectlAsync(string? input, params string[] arguments)
    {
        var start = new ProcessStartInfo("kubectl") { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])["--kubeconfig", Kubeconfig, .. arguments])
            start.ArgumentList.Add(argument);
        start.Environment["HOME"] = _folder.FullName;
        using var kubectl = Process.Start(start)!;
        await kubectl.StandardInput.WriteAsync(input);
        kubectl.StandardInput.Close();
        var error = kubectl.StandardError.ReadToEndAsync();
        var output = await kubectl.StandardOutput.ReadToEndAsync().WaitAsync(TimeSpan.FromSeconds(30));
        await kubectl.WaitForExitAsync();
        Assert.True(kubectl.ExitCode == 0, $"kubectl {string.Join(' ', arguments)}: {await error}");
        return output;
    }

    private Program Run(string project, string name, params string[] arguments)
    {
        var configuration = Path.GetFileName(AppContext.BaseDirectory.TrimEnd('/'));
        var program = new Program(Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../..", project, configuration, name)), arguments);
        _programs.Add(program);
        return program;
    }

    private static string FreePort()
    {
        using var socket = new TcpListener(IPAddress.Loopback, 0);
        socket.Start();
        return ((IPEndPoint)socket.LocalEndpoint).Port.ToString(null, null);
    }

    /// <summary>One process and what it says.</summary>
    internal sealed class Program : IAsyncDisposable
    {
        private readonly StringBuilder _output = new();

        public Program(string path, string[] arguments)
        {
            Arguments = arguments;
            var start = new ProcessStartInfo(path) { RedirectStandardOutput = true, RedirectStandardError = true };
            foreach (var argument in arguments)
                start.ArgumentList.Add(argument);
            Process = Process.Start(start)!;
            Process.OutputDataReceived += (_, line) => Append(line.Data);
            Process.ErrorDataReceived += (_, line) => Append(line.Data);
            Process.BeginOutputReadLine();
            Process.BeginErrorReadLine();
        }

        public string[] Arguments { get; }

        public Process Process { get; }

        public string Output
        {
            get
            {
                lock (_output)
                    return _output.ToString();
            }
        }

        /// <summary>Whether the last it said about the lease is that it leads.</summary>
        public bool Leads => Output.Split('\n').LastOrDefault(line => line.Contains("\"leaseAcquired\"", StringComparison.Ordinal) || line.Contains("\"leaseLost\"", StringComparison.Ordinal))
            ?.Contains("\"leaseAcquired\"", StringComparison.Ordinal) == true;

        public async Task UntilSaidAsync(string text, int seconds = 60)
        {
            for (var n = 0; n < seconds * 20 && !Output.Contains(text, StringComparison.Ordinal); n++)
            {
                Assert.False(Process.HasExited, $"ended with {Output}");
                await Task.Delay(50);
            }

            Assert.Contains(text, Output, StringComparison.Ordinal);
        }

        public async Task KillAsync()
        {
            Process.Kill();
            await Process.WaitForExitAsync();
        }

        public async ValueTask DisposeAsync()
        {
            if (!Process.HasExited)
                Process.Send(Signal.Terminate);
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
            await Process.WaitForExitAsync(patience.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!Process.HasExited)
                Process.Kill();
            Process.Dispose();
        }

        private void Append(string? line)
        {
            lock (_output)
                _output.AppendLine(line);
        }
    }
}
