using System.Net;
using System.Runtime.Versioning;
using System.Text;
using MetalSharp.Kubernetes;

namespace MetalSharp.Tests.Kubernetes;

[UnsupportedOSPlatform("windows")]
public sealed class ClusterAccessTests : IDisposable
{
    private static readonly Certificates Authority = new();

    private readonly string _directory = Directory.CreateTempSubdirectory("cluster-access-").FullName;
    private readonly ManualTime _time = new();

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task In_a_pod_the_service_account_is_used_and_its_token_is_read_again()
    {
        await using var server = new ScriptedServer(Authority.Server("127.0.0.1"));
        Write("token", "first\n");
        Write("ca.crt", Authority.Pem);
        Write("namespace", "metal\n");
        var access = ClusterAccess.Load(null, null, Pod("127.0.0.1", server.Port), _directory);
        Assert.Equal("metal", access.Namespace);
        using var client = new KubernetesClient(access, _time);

        Assert.Equal("Bearer first", await AuthorizationOfAsync(client, server));
        Write("token", "second");
        _time.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal("Bearer first", await AuthorizationOfAsync(client, server));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("Bearer second", await AuthorizationOfAsync(client, server));

        // Caught in the middle of a rotation, the last one goes on.
        Write("token", "");
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("Bearer second", await AuthorizationOfAsync(client, server));

        // Refused, it is read at once, and once.
        Write("token", "third");
        var asked = client.GetVersionAsync();
        var refused = await server.NextAsync();
        Assert.Equal("Bearer second", refused.Header("Authorization"));
        await refused.RefuseAsync(401, "Unauthorized", "Unauthorized");
        var again = await server.NextAsync();
        Assert.Equal("Bearer third", again.Header("Authorization"));
        await again.RefuseAsync(401, "Unauthorized", "Unauthorized");
        Assert.Equal(HttpStatusCode.Unauthorized, (await Assert.ThrowsAsync<KubernetesException>(() => asked)).StatusCode);
    }

    [Theory]
    [InlineData("10.96.0.1", "https://10.96.0.1/")]
    [InlineData("fd00::1", "https://[fd00::1]/")]
    [InlineData("[fd00::1]", "https://[fd00::1]/")]
    [InlineData("kubernetes.default", "https://kubernetes.default/")]
    public void The_service_host_may_be_of_any_family(string host, string server)
    {
        Write("token", "t");
        Write("ca.crt", Authority.Pem);
        var access = ClusterAccess.InCluster(Pod(host, 443), _directory);
        Assert.Equal(server, access.Server.AbsoluteUri);
        Assert.Null(access.Namespace);
    }

    [Theory]
    [InlineData(null, "443", "KUBERNETES_SERVICE_HOST is not set: this process runs in no pod; name a kubeconfig file")]
    [InlineData("10.96.0.1", "https", "KUBERNETES_SERVICE_PORT is 'https', and not a port number")]
    [InlineData("10.96.0.1", "443", "{dir}/token does not exist: give the pod a service account and leave automountServiceAccountToken on")]
    public void A_pod_without_what_it_needs_is_told_what_to_do(string? host, string port, string message)
    {
        var e = Assert.Throws<ClusterAccessException>(
            () => ClusterAccess.InCluster(name => name == "KUBERNETES_SERVICE_HOST" ? host : port, _directory));
        Assert.Equal(message.Replace("{dir}", _directory), e.Message);
    }

    [Fact]
    public void Without_anything_the_message_says_where_was_looked()
    {
        var e = Assert.Throws<ClusterAccessException>(() => ClusterAccess.Load(null, null, Environment(("HOME", _directory)), "/nowhere"));
        Assert.Equal(
            $"no cluster to talk to: this is no pod with a service account in /nowhere, KUBECONFIG is not set and {_directory}/.kube/config does not exist; name a kubeconfig file",
            e.Message);
    }

    [Fact]
    public void A_named_file_comes_before_the_pod_and_the_pod_before_the_environment_unless_a_context_is_asked_for()
    {
        Write("token", "t");
        Write("ca.crt", Authority.Pem);
        var named = Write("named", Config("https://named:1"));
        var other = Write("other", Config("https://other:2"));
        var environment = Environment(("KUBERNETES_SERVICE_HOST", "10.96.0.1"), ("KUBERNETES_SERVICE_PORT", "443"), ("KUBECONFIG", other));
        Assert.Equal("named", ClusterAccess.Load(named, null, environment, _directory).Server.Host);
        Assert.Equal("10.96.0.1", ClusterAccess.Load(null, null, environment, _directory).Server.Host);
        Assert.Equal("other", ClusterAccess.Load(null, "c", environment, _directory).Server.Host);
        Assert.Equal("other", ClusterAccess.Load(null, null, environment, "/nowhere").Server.Host);
    }

    [Fact]
    public void Several_files_are_merged_and_the_first_one_counts()
    {
        var first = Write("first", """
            contexts:
            - {name: one, context: {cluster: shared, user: u, namespace: from-first}}
            clusters:
            - {name: shared, cluster: {server: "https://first:1"}}
            """);
        var second = Write("second", """
            current-context: one
            contexts:
            - {name: one, context: {cluster: shared, namespace: from-second}}
            - {name: two, context: {cluster: only-second}}
            clusters:
            - {name: shared, cluster: {server: "https://second:1"}}
            - {name: only-second, cluster: {server: "https://second:2"}}
            users:
            - {name: u, user: {token: t}}
            """);
        var environment = Environment(("KUBECONFIG", $"{_directory}/missing:{first}::{second}"));
        var access = ClusterAccess.Load(null, null, environment, "/nowhere");
        Assert.Equal(("https://first:1/", "from-first"), (access.Server.AbsoluteUri, access.Namespace));
        Assert.Equal("https://second:2/", ClusterAccess.Load(null, "two", environment, "/nowhere").Server.AbsoluteUri);
        Assert.Equal(
            $"{first}: the context that was asked for is 'three', and there is no such entry in contexts; there is one, two",
            Assert.Throws<ClusterAccessException>(() => ClusterAccess.Load(null, "three", environment, "/nowhere")).Message);
    }

    [Theory]
    [InlineData("token: secret", "Bearer secret")]
    [InlineData("token: ignored, tokenFile: token-file", "Bearer from-file")]
    [InlineData("username: ann, password: \"a:b\"", "Basic YW5uOmE6Yg==")]
    [InlineData("token: secret, username: ann", "Bearer secret")]
    [InlineData("", null)]
    public async Task A_user_is_known_by_token_or_password(string user, string? authorization)
    {
        await using var server = new ScriptedServer();
        Write("token-file", "from-file\n");
        using var client = new KubernetesClient(Load(Config(server.Address.AbsoluteUri, user: user)), _time);
        Assert.Equal(authorization, await AuthorizationOfAsync(client, server));
    }

    [Theory]
    [InlineData("data")]
    [InlineData("files")]
    public async Task A_user_is_known_by_a_client_certificate(string from)
    {
        using var ann = Authority.Client("ann");
        await using var server = new ScriptedServer(Authority.Server("127.0.0.1"), Authority.Authority);
        Write("ca.pem", Authority.Pem);
        Write("ann.pem", ann.ExportCertificatePem());
        Write("ann.key", Certificates.KeyPem(ann));
        var config = from == "data"
            ? Config(
                server.Address.AbsoluteUri,
                $"certificate-authority-data: {Base64(Authority.Pem)}",
                $"client-certificate-data: {Base64(ann.ExportCertificatePem())}, client-key-data: {Base64(Certificates.KeyPem(ann))}")
            : Config(server.Address.AbsoluteUri, "certificate-authority: ca.pem", "client-certificate: ann.pem, client-key: ./ann.key");
        using var client = new KubernetesClient(Load(config), _time);
        var asked = client.GetVersionAsync();
        var request = await server.NextAsync();
        Assert.Equal("CN=ann", request.ClientCertificate);
        await request.AnswerAsync("{}");
        await asked;
    }

    [Fact]
    public async Task A_server_that_is_not_the_one_we_mean_is_refused()
    {
        await using var server = new ScriptedServer(Authority.Server("127.0.0.1"));
        await RefusedAsync(server, $"certificate-authority-data: {Base64(new Certificates("CN=other").Pem)}");
        await RefusedAsync(server, "");
        await RefusedAsync(server, $"certificate-authority-data: {Base64(Authority.Pem)}, tls-server-name: kubernetes.example");
        await AcceptedAsync(server, $"certificate-authority-data: {Base64(Authority.Pem)}");
        await AcceptedAsync(server, "insecure-skip-tls-verify: true");

        await using var named = new ScriptedServer(Authority.Server("kubernetes.example"));
        await RefusedAsync(named, $"certificate-authority-data: {Base64(Authority.Pem)}");
        await AcceptedAsync(named, $"certificate-authority-data: {Base64(Authority.Pem)}, tls-server-name: kubernetes.example");
    }

    [Fact]
    public async Task An_authority_that_another_one_signed_is_trusted_as_it_stands()
    {
        var intermediate = Authority.Intermediate();
        await using var server = new ScriptedServer(intermediate.Server("127.0.0.1"));
        await AcceptedAsync(server, $"certificate-authority-data: {Base64(intermediate.Pem)}");
        await RefusedAsync(server, $"certificate-authority-data: {Base64(Authority.Pem)}");
    }

    [Theory]
    [InlineData("v1")]
    [InlineData("v1beta1")]
    public async Task A_plugin_is_asked_once_until_its_credential_expires_or_is_refused(string version)
    {
        await using var server = new ScriptedServer();
        Script("""
            n=$(($(cat "$COUNTER" 2>/dev/null || echo 0) + 1)); echo $n > "$COUNTER"
            printf '%s' "$KUBERNETES_EXEC_INFO" > "$COUNTER.info"
            printf '{"apiVersion":"client.authentication.k8s.io/VERSION","kind":"ExecCredential","status":{"token":"%s-%s","expirationTimestamp":"2026-11-20T09:00:00Z"}}' "$1" "$n"
            """.Replace("VERSION", version));
        var plugin = $"exec: {{apiVersion: client.authentication.k8s.io/{version}, command: ./plugin, args: [tok], "
            + $"env: [{{name: COUNTER, value: \"{_directory}/count\"}}], provideClusterInfo: true, interactiveMode: IfAvailable}}";
        using var client = new KubernetesClient(Load(Config(server.Address.AbsoluteUri, user: plugin)), _time);
        Assert.Equal("Bearer tok-1", await AuthorizationOfAsync(client, server));
        Assert.Equal("Bearer tok-1", await AuthorizationOfAsync(client, server));
        Assert.Equal(
            """{"apiVersion":"client.authentication.k8s.io/VERSION","kind":"ExecCredential","spec":{"interactive":false,"cluster":{"server":"SERVER"}}}"""
                .Replace("VERSION", version).Replace("SERVER", server.Address.AbsoluteUri),
            File.ReadAllText(Path.Combine(_directory, "count.info")));

        _time.Advance(TimeSpan.FromHours(1));
        var asked = client.GetVersionAsync();
        var refused = await server.NextAsync();
        Assert.Equal("Bearer tok-2", refused.Header("Authorization"));
        await refused.RefuseAsync(401, "Unauthorized", "no");
        var again = await server.NextAsync();
        Assert.Equal("Bearer tok-3", again.Header("Authorization"));
        await again.AnswerAsync("{}");
        await asked;
    }

    [Fact]
    public async Task A_plugin_may_print_a_client_certificate()
    {
        using var bob = Authority.Client("bob");
        await using var server = new ScriptedServer(Authority.Server("127.0.0.1"), Authority.Authority);
        var printed = new System.Text.Json.Nodes.JsonObject
        {
            ["apiVersion"] = "client.authentication.k8s.io/v1",
            ["kind"] = "ExecCredential",
            ["status"] = new System.Text.Json.Nodes.JsonObject
            {
                ["clientCertificateData"] = bob.ExportCertificatePem(),
                ["clientKeyData"] = Certificates.KeyPem(bob),
            },
        };
        Write("printed", printed.ToJsonString());
        Script($"cat {_directory}/printed");
        var user = "exec: {apiVersion: client.authentication.k8s.io/v1, command: ./plugin}";
        using var client = new KubernetesClient(
            Load(Config(server.Address.AbsoluteUri, $"certificate-authority-data: {Base64(Authority.Pem)}", user)), _time);
        var asked = client.GetVersionAsync();
        var request = await server.NextAsync();
        Assert.Equal("CN=bob", request.ClientCertificate);
        await request.AnswerAsync("{}");
        await asked;
    }

    [Theory]
    [InlineData("echo 'log in first' >&2; exit 3", "ended with code 3: log in first")]
    [InlineData("echo 'secret'", "printed no valid ExecCredential")]
    [InlineData("echo '{\"kind\":\"Other\"}'", "printed ' Other', and not 'client.authentication.k8s.io/v1 ExecCredential'")]
    [InlineData("echo '{\"apiVersion\":\"client.authentication.k8s.io/v1\",\"kind\":\"ExecCredential\",\"status\":{}}'", "printed neither a token nor a client certificate with its key")]
    [InlineData(null, "can't be started: ")]
    public async Task A_plugin_that_fails_is_an_error_of_the_request(string? script, string message)
    {
        if (script is not null)
            Script(script);
        var user = "exec: {apiVersion: client.authentication.k8s.io/v1, command: ./plugin, installHint: install it from here}";
        using var client = new KubernetesClient(Load(Config("http://127.0.0.1:1", user: user)), _time);
        var e = await Assert.ThrowsAsync<KubernetesException>(() => client.GetVersionAsync());
        Assert.StartsWith($"GET /version: {_directory}/config: users[0].user.exec: the credential plugin '{_directory}/./plugin' {message}", e.Message);
        if (script is null)
            Assert.EndsWith("; install it from here", e.Message);
        Assert.DoesNotContain("secret", e.Message);
    }

    [Theory]
    [InlineData("not: [closed", "{file}:2:1: not valid YAML: ", null)]
    [InlineData("- a list", "{file}: not a kubeconfig: a mapping with clusters, contexts and users is expected", null)]
    [InlineData("", "{file}: no current-context is set", null)]
    [InlineData("current-context: c", "{file}: current-context is 'c', and there is no such entry in contexts; there is none", null)]
    [InlineData("contexts: {}", "{file}:1: contexts: a list is expected", "c")]
    [InlineData("contexts: [{name: c, context: {}}]", "{file}:1: contexts[0].context.cluster: missing", "c")]
    [InlineData("contexts: [{name: c, context: {cluster: k}}]", "{file}: contexts[0].context.cluster is 'k', and there is no such entry in clusters; there is none", "c")]
    public void A_file_that_is_no_kubeconfig_is_refused_with_its_place(string config, string message, string? context)
    {
        var file = Write("config", config);
        Assert.StartsWith(message.Replace("{file}", file), Assert.Throws<ClusterAccessException>(() => ClusterAccess.Load(file, context)).Message);
    }

    [Theory]
    [InlineData("", "", "server-is-relative", "clusters[0].cluster.server: 'server-is-relative' is no address such as https://192.0.2.1:6443")]
    [InlineData("proxy-url: \"http://proxy\"", "", "https://a", "clusters[0].cluster.proxy-url: proxies are not supported")]
    [InlineData("certificate-authority-data: '%%%'", "", "https://a", "clusters[0].cluster.certificate-authority-data: base64 is expected")]
    [InlineData("certificate-authority-data: aGVsbG8=", "", "https://a", "clusters[0].cluster.certificate-authority-data: holds no certificate in PEM form")]
    [InlineData("certificate-authority: missing.pem", "", "https://a", "the file that {file} names in clusters[0].cluster.certificate-authority can't be read")]
    [InlineData("insecure-skip-tls-verify: perhaps", "", "https://a", "clusters[0].cluster.insecure-skip-tls-verify: true or false is expected")]
    [InlineData("", "client-key-data: aGVsbG8=", "https://a", "users[0].user.client-certificate: missing")]
    [InlineData("", "client-key-data: aGVsbG8=, client-certificate-data: aGVsbG8=", "https://a", "not a certificate and its unencrypted private key in PEM form")]
    [InlineData("", "as: admin", "https://a", "users[0].user.as: impersonation is not supported")]
    [InlineData("", "auth-provider: {name: gcp}", "https://a", "users[0].user.auth-provider: authentication providers are gone")]
    [InlineData("", "exec: {apiVersion: client.authentication.k8s.io/v1alpha1, command: x}", "https://a", "users[0].user.exec.apiVersion: 'client.authentication.k8s.io/v1alpha1' is not supported")]
    [InlineData("", "exec: {apiVersion: client.authentication.k8s.io/v1, command: x, interactiveMode: Always}", "https://a", "users[0].user.exec.interactiveMode: a plugin that always asks")]
    [InlineData("", "token: [hunter2]", "https://a", "users[0].user.token: a text is expected")]
    public void A_field_that_cannot_be_used_is_refused_by_name(string cluster, string user, string server, string message)
    {
        var e = Assert.Throws<ClusterAccessException>(() => Load(Config(server, cluster, user)));
        Assert.Contains(message.Replace("{file}", $"{_directory}/config"), e.Message);
        Assert.StartsWith(_directory, e.Message);
        Assert.DoesNotContain("hunter2", e.Message);
    }

    private static string Config(string server, string cluster = "", string user = "") => $$"""
        apiVersion: v1
        kind: Config
        current-context: c
        preferences: {}
        contexts:
        - name: c
          context: {cluster: k, user: u, namespace: n}
        clusters:
        - name: k
          cluster: {server: "{{server}}", {{cluster}} }
        users:
        - name: u
          user: { {{user}} }
        """;

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private static Func<string, string?> Environment(params (string Name, string Value)[] variables) =>
        name => variables.Where(variable => variable.Name == name).Select(variable => variable.Value).FirstOrDefault();

    private static Func<string, string?> Pod(string host, int port) =>
        Environment(("KUBERNETES_SERVICE_HOST", host), ("KUBERNETES_SERVICE_PORT", port.ToString()));

    private ClusterAccess Load(string config) => ClusterAccess.Load(Write("config", config));

    private string Write(string name, string content)
    {
        var path = Path.Combine(_directory, name);
        File.WriteAllText(path, content);
        return path;
    }

    private void Script(string body)
    {
        var path = Write("plugin", $"#!/bin/sh\n{body}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
    }

    private static async Task<string?> AuthorizationOfAsync(KubernetesClient client, ScriptedServer server)
    {
        var asked = client.GetVersionAsync();
        var request = await server.NextAsync();
        await request.AnswerAsync("{}");
        await asked;
        return request.Header("Authorization");
    }

    private async Task AcceptedAsync(ScriptedServer server, string cluster)
    {
        using var client = new KubernetesClient(Load(Config(server.Address.AbsoluteUri, cluster)), _time);
        await AuthorizationOfAsync(client, server);
    }

    private async Task RefusedAsync(ScriptedServer server, string cluster)
    {
        using var client = new KubernetesClient(Load(Config(server.Address.AbsoluteUri, cluster)), _time);
        var e = await Assert.ThrowsAsync<KubernetesException>(() => client.GetVersionAsync());
        Assert.Null(e.StatusCode);
        Assert.Contains("certificate", e.Message);
    }
}
