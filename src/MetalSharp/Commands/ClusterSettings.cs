using System.CommandLine;
using MetalSharp.Observability;
using Microsoft.Extensions.Logging;

namespace MetalSharp.Commands;

/// <summary>What controller and speaker are told on their command line: identity and place, never behaviour.</summary>
/// <param name="Kubeconfig">A kubeconfig file; null means the pod's own service account, or the user's kubeconfig outside of a pod.</param>
/// <param name="Namespace">The namespace of the ConfigMap, the Lease and the speakers.</param>
/// <param name="ConfigMap">The name of the ConfigMap.</param>
/// <param name="Port">The TCP port of health and metrics.</param>
/// <param name="LoadBalancerClass">Null: Services without a class. Otherwise only Services with exactly this class.</param>
internal sealed record ClusterSettings(
    string? Kubeconfig, string? Namespace, string ConfigMap, int Port, LogLevel LogLevel, string? LoadBalancerClass);

/// <summary>The options that controller and speaker share. Each can be set by a flag or by an environment variable; the flag wins.</summary>
internal sealed class ClusterOptions
{
    private readonly Option<string?> _kubeconfig = FromEnvironment("--kubeconfig", "METALSHARP_KUBECONFIG",
        "Path of a kubeconfig file. Default: the pod's service account; outside of a pod $KUBECONFIG or ~/.kube/config");

    private readonly Option<string?> _namespace = FromEnvironment("--namespace", "METALSHARP_NAMESPACE",
        "Namespace of the ConfigMap, the Lease and the speakers. Default: that of the service account or kubeconfig context, else metalsharp-system");

    private readonly Option<string?> _configMap = FromEnvironment("--config-map", "METALSHARP_CONFIG_MAP",
        "Name of the ConfigMap whose key 'config' holds the address pools", "config");

    private readonly Option<int> _port = new("--port")
    {
        Description = "TCP port of /healthz, /readyz and /metrics [$METALSHARP_PORT]",
        DefaultValueFactory = _ => Environment.GetEnvironmentVariable("METALSHARP_PORT") is { } text && int.TryParse(text, out var port) ? port : 7472,
    };

    private readonly Option<string?> _logLevel = FromEnvironment("--log-level", "METALSHARP_LOG_LEVEL",
        "Least important lines to log: " + string.Join(", ", JsonLineLogging.LevelNames), "info");

    private readonly Option<string?> _loadBalancerClass = FromEnvironment("--lb-class", "METALSHARP_LB_CLASS",
        "Serve only Services with exactly this spec.loadBalancerClass. Default: only Services without a class");

    public ClusterOptions()
    {
        _logLevel.AcceptOnlyFromAmong(JsonLineLogging.LevelNames);
        _port.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 0 or > ushort.MaxValue)
                result.AddError("--port must be 0 to 65535");
        });
    }

    public static Option<string?> FromEnvironment(string name, string variable, string description, string? otherwise = null) => new(name)
    {
        Description = $"{description} [${variable}]",
        DefaultValueFactory = _ => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value ? value : otherwise,
    };

    public void AddTo(Command command)
    {
        command.Add(_kubeconfig);
        command.Add(_namespace);
        command.Add(_configMap);
        command.Add(_port);
        command.Add(_logLevel);
        command.Add(_loadBalancerClass);
    }

    public ClusterSettings Read(ParseResult parsed) => new(
        parsed.GetValue(_kubeconfig),
        parsed.GetValue(_namespace),
        parsed.GetValue(_configMap)!,
        parsed.GetValue(_port),
        JsonLineLogging.LevelNamed(parsed.GetValue(_logLevel)!),
        parsed.GetValue(_loadBalancerClass));
}
