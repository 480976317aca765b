using System.Diagnostics;
using System.Globalization;
using MetalSharp.Kubernetes.Models;

namespace MetalSharp.Lab.Nodes;

/// <summary>
/// A container that is a real process of the program under test: with the arguments, environment, service account and
/// capabilities its manifest gives it, and no others. (All of a lab's processes have user number 0, the only one it has.)
/// </summary>
internal static class ProgramContainer
{
    private const string AccountFolder = "/var/run/secrets/kubernetes.io/serviceaccount";

    /// <summary>A shell sees to the mount, which is this process's alone, and to the log; then it becomes the program.</summary>
    private const string Starter = $"""
        log=$1; account=$2; shift 2
        mount --bind "$account" {AccountFolder} || exit 70
        exec "$@" >>"$log" 2>&1 </dev/null
        """;

    public static bool IsProgram(V1Container container) =>
        (container.Image ?? "").Split('/')[^1].Split(':', '@')[0] == "metalsharp";

    /// <param name="pod">With its node name and addresses filled in.</param>
    /// <param name="program">The path of the program that stands for the image.</param>
    /// <param name="account">The folder with token, ca.crt and namespace.</param>
    public static Process Start(V1Pod pod, V1Container container, PodSandbox sandbox, string program, string account, string log, Uri server)
    {
        Directory.CreateDirectory(AccountFolder);
        var capabilities = string.Concat((container.SecurityContext?.Capabilities?.Add ?? []).Select(c => $",+{c.ToLowerInvariant()}"));
        return Tool.Start(sandbox.Namespace.Command(
        [
            "env", "-i", .. Environment(pod, container, server).Select(v => $"{v.Name}={v.Value}"),
            "sh", "-c", Starter, "start", log, account,
            "setpriv", "--no-new-privs", $"--bounding-set=-all{capabilities}",
            program, .. container.Args ?? [],
        ]), environment: null, Tool.Streams.None);
    }

    private static IEnumerable<(string Name, string? Value)> Environment(V1Pod pod, V1Container container, Uri server)
    {
        yield return ("PATH", Tool.Path);
        yield return ("KUBERNETES_SERVICE_HOST", server.Host);
        yield return ("KUBERNETES_SERVICE_PORT", server.Port.ToString(CultureInfo.InvariantCulture));
        // Where this machine keeps the runtime is not the manifest's business; nor do the lab's processes leave sockets in /tmp.
        if (System.Environment.GetEnvironmentVariable("DOTNET_ROOT") is { } runtime)
            yield return ("DOTNET_ROOT", runtime);
        yield return ("DOTNET_EnableDiagnostics", "0");
        foreach (var variable in container.Env ?? [])
            yield return (variable.Name!, variable.ValueFrom?.FieldRef?.FieldPath switch
            {
                null => variable.Value,
                "spec.nodeName" => pod.Spec!.NodeName,
                "metadata.name" => pod.Metadata.Name,
                "metadata.namespace" => pod.Metadata.Namespace,
                "spec.serviceAccountName" => pod.Spec!.ServiceAccountName,
                "status.hostIP" => pod.Status!.HostIP,
                "status.podIP" => pod.Status!.PodIP,
                "metadata.uid" => pod.Metadata.Uid,
                var other => throw new LabException($"pod {pod.Metadata.Name}: the lab's kubelet does not know the field {other}"),
            });
    }
}
