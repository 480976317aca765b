using System.Net.Security;

namespace MetalSharp.Kubernetes;

/// <summary>Where a cluster is, how to know that it is the right one, and who we are.</summary>
public sealed class ClusterAccess
{
    /// <summary>Access without credentials, as to a local proxy.</summary>
    public ClusterAccess(Uri server, string? @namespace = null)
    {
        Server = server;
        Namespace = @namespace;
    }

    /// <summary>The address of the API, with a path when the server is behind one.</summary>
    public Uri Server { get; }

    /// <summary>The namespace of the service account or of the context; null when neither names one.</summary>
    public string? Namespace { get; }

    internal Credential Credential { get; init; } = Credential.None;

    /// <summary>
    /// The file when one is given; else the pod's service account when there is one; else the files of <c>KUBECONFIG</c>; else
    /// <c>~/.kube/config</c>.
    /// </summary>
    public static ClusterAccess Load(string? kubeconfigPath, string? context = null) => throw new NotImplementedException();

    internal SslClientAuthenticationOptions? CreateTlsOptions(string host) =>
        Server.Scheme == Uri.UriSchemeHttps ? new() { TargetHost = host } : null;
}
