using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;

namespace MetalSharp.Kubernetes;

/// <summary>
/// The kubeconfig files that apply. Of several entries with one name, and of several current contexts, the first file's counts; nothing is
/// merged inside an entry. Paths are relative to the file they stand in.
/// </summary>
internal sealed class Kubeconfig
{
    private readonly List<KubeconfigNode> _files;

    private Kubeconfig(List<KubeconfigNode> files) => _files = files;

    public static Kubeconfig Read(IReadOnlyList<string> paths, bool skipMissing)
    {
        List<KubeconfigNode> files = [];
        foreach (var path in paths)
        {
            if (!skipMissing || File.Exists(path))
                files.Add(KubeconfigNode.Read(path));
        }

        return files.Count > 0
            ? new(files)
            : throw new ClusterAccessException($"KUBECONFIG names {string.Join(" and ", paths)}, and none of them exists");
    }

    public ClusterAccess Access(string? contextName)
    {
        var named = contextName ?? _files.Select(file => file.Text("current-context")).FirstOrDefault(name => name is { Length: > 0 });
        if (named is null)
            throw new ClusterAccessException($"{_files[0].File}: no current-context is set: name one of the contexts {Names("contexts")}");

        var context = Entry("contexts", "context", named, contextName is null ? "current-context" : "the context that was asked for");
        var cluster = Entry("clusters", "cluster", context.Required("cluster"), context.PathOf("cluster"));
        var user = context.Text("user") is { Length: > 0 } userName ? Entry("users", "user", userName, context.PathOf("user")) : null;

        var server = cluster.Required("server");
        if (!Uri.TryCreate(server, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
            throw cluster.Fault("server", $"'{server}' is no address such as https://192.0.2.1:6443");
        if (cluster.Text("proxy-url") is { Length: > 0 })
            throw cluster.Fault("proxy-url", "proxies are not supported: use a cluster entry that reaches the server directly");

        var @namespace = context.Text("namespace");
        return new(address, @namespace is { Length: > 0 } ? @namespace : null, Trust(cluster), user is null ? Credential.None : Credentials(user, cluster));
    }

    private KubeconfigNode Entry(string list, string content, string name, string wantedBy)
    {
        foreach (var entry in _files.SelectMany(file => file.Items(list)))
        {
            if (entry.Text("name") == name)
                return entry.Map(content) ?? throw entry.Fault(content, "missing");
        }

        throw new ClusterAccessException(
            $"{_files[0].File}: {wantedBy} is '{name}', and there is no such entry in {list}; there {(Names(list) is { Length: > 0 } names ? $"is {names}" : "is none")}");
    }

    private string Names(string list) =>
        string.Join(", ", _files.SelectMany(file => file.Items(list)).Select(entry => entry.Text("name")).OfType<string>().Distinct().Take(10));

    private static ServerTrust Trust(KubeconfigNode cluster)
    {
        var authority = cluster.DataOrFile("certificate-authority");
        if (cluster.Flag("insecure-skip-tls-verify"))
        {
            return authority is null
                ? new() { AcceptAnyone = true }
                : throw cluster.Fault("insecure-skip-tls-verify", "can't be combined with a certificate authority: remove one of the two");
        }

        var trust = authority is { } pem ? ServerTrust.Of(pem.Source, pem.Bytes) : ServerTrust.System;
        return trust with { ServerName = cluster.Text("tls-server-name") is { Length: > 0 } name ? name : null };
    }

    private static Credential Credentials(KubeconfigNode user, KubeconfigNode cluster)
    {
        foreach (var unsupported in (string[])["as", "as-uid", "as-groups", "as-user-extra"])
        {
            if (user.Has(unsupported))
                throw user.Fault(unsupported, "impersonation is not supported: use a user entry with credentials of its own");
        }

        if (user.Has("auth-provider"))
            throw user.Fault("auth-provider", "authentication providers are gone since Kubernetes 1.26: use an exec plugin");

        var certificate = Certificate(user);
        if (user.Text("tokenFile") is { Length: > 0 } tokenFile)
            return new TokenFileCredential(user.Resolve(tokenFile), $"the token of {user.Path}.tokenFile", certificate);
        if (user.Text("token") is { Length: > 0 } token)
            return new Credential.Fixed(new("Bearer", token), certificate);
        if (user.Text("username") is { Length: > 0 } name)
        {
            var pair = Encoding.UTF8.GetBytes($"{name}:{user.Text("password")}");
            return new Credential.Fixed(new("Basic", Convert.ToBase64String(pair)), certificate);
        }

        return user.Map("exec") is { } exec ? new ExecCredential(Plugin(exec, cluster)) : new Credential.Fixed(null, certificate);
    }

    private static X509Certificate2? Certificate(KubeconfigNode user)
    {
        var certificate = user.DataOrFile("client-certificate");
        var key = user.DataOrFile("client-key");
        if (certificate is null && key is null)
            return null;
        if (certificate is null || key is null)
            throw user.Fault(certificate is null ? "client-certificate" : "client-key", "missing: a client certificate and its key go together");
        try
        {
            return X509Certificate2.CreateFromPem(Encoding.UTF8.GetString(certificate.Value.Bytes), Encoding.UTF8.GetString(key.Value.Bytes));
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw new ClusterAccessException(
                $"{certificate.Value.Source} and {key.Value.Source}: not a certificate and its unencrypted private key in PEM form: {e.Message}", e);
        }
    }

    private static ExecPlugin Plugin(KubeconfigNode exec, KubeconfigNode cluster)
    {
        var version = exec.Required("apiVersion");
        if (version is not ("client.authentication.k8s.io/v1" or "client.authentication.k8s.io/v1beta1"))
            throw exec.Fault("apiVersion", $"'{version}' is not supported: client.authentication.k8s.io/v1 and v1beta1 are");
        if (exec.Text("interactiveMode") == "Always")
            throw exec.Fault("interactiveMode", "a plugin that always asks its user can't be used here: it gets no terminal");
        var command = exec.Required("command");
        return new(
            $"{exec.File}: {exec.Path}",
            version,
            command.Contains('/', StringComparison.Ordinal) ? exec.Resolve(command) : command,
            exec.Texts("args"),
            [.. exec.Items("env").Select(variable => KeyValuePair.Create(variable.Required("name"), variable.Text("value") ?? ""))],
            exec.Text("installHint"),
            exec.Flag("provideClusterInfo") ? Describe(cluster) : null);
    }

    private static JsonObject Describe(KubeconfigNode cluster)
    {
        var described = new JsonObject { ["server"] = cluster.Required("server") };
        if (cluster.Text("tls-server-name") is { Length: > 0 } name)
            described["tls-server-name"] = name;
        if (cluster.Flag("insecure-skip-tls-verify"))
            described["insecure-skip-tls-verify"] = true;
        if (cluster.DataOrFile("certificate-authority") is { } authority)
            described["certificate-authority-data"] = Convert.ToBase64String(authority.Bytes);
        return described;
    }
}
