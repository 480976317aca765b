using System.ComponentModel;
using System.Diagnostics;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace MetalSharp.Kubernetes;

/// <summary>What a kubeconfig says about a program that prints credentials.</summary>
internal sealed record ExecPlugin(
    string Source,
    string ApiVersion,
    string Command,
    IReadOnlyList<string> Arguments,
    IReadOnlyList<KeyValuePair<string, string>> Environment,
    string? InstallHint,
    JsonObject? Cluster);

/// <summary>
/// Credentials that another program prints as an <c>ExecCredential</c> (client.authentication.k8s.io). They are kept until they expire or
/// the server refuses them. The program gets no terminal.
/// </summary>
internal sealed class ExecCredential(ExecPlugin plugin) : Credential, IDisposable
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(60);

    private readonly SemaphoreSlim _oneAtATime = new(1, 1);
    private volatile Issued? _current;

    public override X509Certificate2? Certificate => _current?.Certificate;

    public void Dispose() => _oneAtATime.Dispose();

    public override async ValueTask<AuthenticationHeaderValue?> AuthorizeAsync(TimeProvider time, CancellationToken cancel)
    {
        if (_current is { } usable && usable.IsValidAt(time.GetUtcNow()))
            return usable.Header;
        await _oneAtATime.WaitAsync(cancel);
        try
        {
            if (_current is not { } current || !current.IsValidAt(time.GetUtcNow()))
                _current = current = Parse(await RunAsync(time, cancel));
            return current.Header;
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    public override bool Forget()
    {
        if (_current is null)
            return false;
        _current = null;
        return true;
    }

    private async Task<string> RunAsync(TimeProvider time, CancellationToken cancel)
    {
        var spec = new JsonObject { ["interactive"] = false };
        if (plugin.Cluster is { } cluster)
            spec["cluster"] = cluster.DeepClone();
        var start = new ProcessStartInfo(plugin.Command, plugin.Arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in plugin.Environment)
            start.Environment[name] = value;
        start.Environment["KUBERNETES_EXEC_INFO"] =
            new JsonObject { ["apiVersion"] = plugin.ApiVersion, ["kind"] = "ExecCredential", ["spec"] = spec }.ToJsonString();

        using var timeout = new CancellationTokenSource(Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancel);
        using var process = Start(start);
        try
        {
            process.StandardInput.Close();
            var output = process.StandardOutput.ReadToEndAsync(either.Token);
            var complaint = await process.StandardError.ReadToEndAsync(either.Token);
            var printed = await output;
            await process.WaitForExitAsync(either.Token);
            return process.ExitCode == 0
                ? printed
                : throw Fault($"ended with code {process.ExitCode}: {complaint.Trim()[..Math.Min(complaint.Trim().Length, 500)]}");
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            cancel.ThrowIfCancellationRequested();
            throw Fault($"gave no credential within {Timeout.TotalSeconds:0} s");
        }
    }

    private Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw Fault($"can't be started: {e.Message}{(plugin.InstallHint is { } hint ? $"; {hint.Trim()}" : "")}");
        }
    }

    private Issued Parse(string printed)
    {
        try
        {
            using var document = JsonDocument.Parse(printed);
            var root = document.RootElement;
            var version = Text(root, "apiVersion");
            if (Text(root, "kind") != "ExecCredential" || version != plugin.ApiVersion)
                throw Fault($"printed '{version} {Text(root, "kind")}', and not '{plugin.ApiVersion} ExecCredential'");
            if (!root.TryGetProperty("status", out var status))
                throw Fault("printed an ExecCredential without a status");

            var token = Text(status, "token");
            var certificate = Text(status, "clientCertificateData");
            var key = Text(status, "clientKeyData");
            if (token is null && (certificate is null || key is null))
                throw Fault("printed neither a token nor a client certificate with its key");
            DateTimeOffset? expires =
                status.TryGetProperty("expirationTimestamp", out var stamp) && stamp.ValueKind != JsonValueKind.Null ? stamp.GetDateTimeOffset() : null;
            return new(
                token is null ? null : new("Bearer", token),
                certificate is null || key is null ? null : X509Certificate2.CreateFromPem(certificate, key),
                expires);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            // Without the inner text: it may quote the credential.
            throw Fault("printed no valid ExecCredential");
        }
        catch (CryptographicException)
        {
            throw Fault("printed a client certificate or key that is not in PEM form, or that do not belong together");
        }
    }

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text ? text : null;

    private ClusterAccessException Fault(string what) => new($"{plugin.Source}: the credential plugin '{plugin.Command}' {what}");

    private sealed record Issued(AuthenticationHeaderValue? Header, X509Certificate2? Certificate, DateTimeOffset? Expires)
    {
        public bool IsValidAt(DateTimeOffset now) => Expires is not { } expires || now < expires;
    }
}
