using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace MetalSharp.Kubernetes;

/// <summary>Where a cluster is, how to know that it is the right one, and who we are.</summary>
public sealed class ClusterAccess
{
    /// <summary>Where a pod finds its service account.</summary>
    public const string ServiceAccountDirectory = "/var/run/secrets/kubernetes.io/serviceaccount";

    private readonly ServerTrust _trust;
    private readonly Credential _credential;

    /// <summary>Access without credentials, as to a local proxy.</summary>
    public ClusterAccess(Uri server, string? @namespace = null)
        : this(server, @namespace, ServerTrust.System, Credential.None)
    {
    }

    internal ClusterAccess(Uri server, string? @namespace, ServerTrust trust, Credential credential)
    {
        Server = server;
        Namespace = @namespace;
        _trust = trust;
        _credential = credential;
    }

    /// <summary>The address of the API, with a path when the server is behind one.</summary>
    public Uri Server { get; }

    /// <summary>The namespace of the service account or of the context; null when neither names one.</summary>
    public string? Namespace { get; }

    internal Credential Credential => _credential;

    /// <summary>
    /// The file when one is given; else, unless a context is asked for, the pod's service account when there is one; else the files of
    /// <c>KUBECONFIG</c>, merged as kubectl does; else <c>~/.kube/config</c>. Throws <see cref="ClusterAccessException"/>.
    /// </summary>
    public static ClusterAccess Load(string? kubeconfigPath, string? context = null) =>
        Load(kubeconfigPath, context, Environment.GetEnvironmentVariable, ServiceAccountDirectory);

    internal static ClusterAccess Load(string? kubeconfigPath, string? context, Func<string, string?> environment, string serviceAccountDirectory)
    {
        if (!string.IsNullOrEmpty(kubeconfigPath))
            return Kubeconfig.Read([kubeconfigPath], skipMissing: false).Access(context);
        if (context is null
            && !string.IsNullOrEmpty(environment("KUBERNETES_SERVICE_HOST"))
            && File.Exists(Path.Combine(serviceAccountDirectory, "token")))
            return InCluster(environment, serviceAccountDirectory);
        if (environment("KUBECONFIG") is { Length: > 0 } list)
        {
            return Kubeconfig.Read(
                list.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries), skipMissing: true).Access(context);
        }

        var home = environment("HOME") is { Length: > 0 } set ? set : Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        var usual = Path.Combine(home, ".kube", "config");
        if (!File.Exists(usual))
        {
            throw new ClusterAccessException(
                $"no cluster to talk to: this is no pod with a service account in {serviceAccountDirectory}, KUBECONFIG is not set and {usual} does not exist;"
                + " name a kubeconfig file");
        }

        return Kubeconfig.Read([usual], skipMissing: false).Access(context);
    }

    /// <summary>The pod's own service account, with its token read again as it is rotated. Throws <see cref="ClusterAccessException"/>.</summary>
    /// <param name="directory">Where the files <c>token</c>, <c>ca.crt</c> and <c>namespace</c> are.</param>
    public static ClusterAccess InCluster(string directory = ServiceAccountDirectory) => InCluster(Environment.GetEnvironmentVariable, directory);

    internal static ClusterAccess InCluster(Func<string, string?> environment, string directory)
    {
        var host = environment("KUBERNETES_SERVICE_HOST");
        var port = environment("KUBERNETES_SERVICE_PORT");
        if (string.IsNullOrEmpty(host))
            throw new ClusterAccessException("KUBERNETES_SERVICE_HOST is not set: this process runs in no pod; name a kubeconfig file");
        if (!ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number == 0)
            throw new ClusterAccessException($"KUBERNETES_SERVICE_PORT is '{port}', and not a port number");
        var bracketed = host.Contains(':', StringComparison.Ordinal) && host[0] != '[' ? $"[{host}]" : host;
        if (!Uri.TryCreate($"https://{bracketed}:{number}", UriKind.Absolute, out var server))
            throw new ClusterAccessException($"KUBERNETES_SERVICE_HOST is '{host}', and not a host name or address");

        var tokenFile = Path.Combine(directory, "token");
        var authorityFile = Path.Combine(directory, "ca.crt");
        var namespaceFile = Path.Combine(directory, "namespace");
        if (!File.Exists(tokenFile))
        {
            throw new ClusterAccessException(
                $"{tokenFile} does not exist: give the pod a service account and leave automountServiceAccountToken on");
        }

        var trust = ServerTrust.Of(authorityFile, Files.Read(authorityFile, "the certificate authority of the cluster"));
        var @namespace = File.Exists(namespaceFile) ? Files.Text(namespaceFile, "the namespace of the pod").Trim() : null;
        return new(server, @namespace is { Length: > 0 } ? @namespace : null, trust, new TokenFileCredential(tokenFile, "the service account's token"));
    }

    internal SslClientAuthenticationOptions? CreateTlsOptions(string host) =>
        Server.Scheme == Uri.UriSchemeHttps ? _trust.CreateOptions(host, _credential.Certificate) : null;
}
