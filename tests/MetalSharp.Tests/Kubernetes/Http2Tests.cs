using System.Net;
using MetalSharp.Kubernetes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;

namespace MetalSharp.Tests.Kubernetes;

public sealed class Http2Tests
{
    [Fact]
    public async Task Watches_and_requests_share_one_connection_that_knows_us_by_our_certificate()
    {
        var authority = new Certificates();
        using var serverCertificate = authority.Server("127.0.0.1");
        using var clientCertificate = authority.Client("ann");
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            listen.Protocols = HttpProtocols.Http1AndHttp2;
            listen.UseHttps(https =>
            {
                https.ServerCertificate = serverCertificate;
                https.ClientCertificateMode = ClientCertificateMode.RequireCertificate;
                https.ClientCertificateValidation = (_, _, _) => true;
            });
        }));
        await using var app = builder.Build();
        var connections = new HashSet<string>();
        app.Run(async context =>
        {
            lock (connections)
                connections.Add($"{context.Request.Protocol} {context.Connection.Id} {context.Connection.ClientCertificate?.Subject}");
            if (context.Request.Query.ContainsKey("watch"))
            {
                await context.Response.WriteAsync("""{"type":"ADDED","object":{"metadata":{"name":"web"}}}""" + "\n");
                await context.Response.Body.FlushAsync();
                await Task.Delay(Timeout.Infinite, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                return;
            }

            await context.Response.WriteAsync("""{"gitVersion":"v1.36.0"}""");
        });
        await app.StartAsync();

        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, $$$"""
                current-context: c
                contexts: [{name: c, context: {cluster: k, user: u}}]
                clusters: [{name: k, cluster: {server: "{{{app.Urls.Single()}}}", certificate-authority-data: {{{Base64(authority.Pem)}}} } }]
                users: [{name: u, user: {client-certificate-data: {{{Base64(clientCertificate.ExportCertificatePem())}}}, client-key-data: {{{Base64(Certificates.KeyPem(clientCertificate))}}} } }]
                """);
            using var client = new KubernetesClient(ClusterAccess.Load(file), TimeProvider.System);
            await using var first = client.WatchAsync(ResourceKinds.Services).GetAsyncEnumerator();
            await using var second = client.WatchAsync(ResourceKinds.Services).GetAsyncEnumerator();
            Assert.True(await first.MoveNextAsync());
            Assert.True(await second.MoveNextAsync());
            Assert.Equal("web", first.Current.Item!.Metadata.Name);
            Assert.Equal("v1.36.0", (await client.GetVersionAsync()).GitVersion);
            Assert.StartsWith("HTTP/2 ", Assert.Single(connections));
            Assert.EndsWith(" CN=ann", Assert.Single(connections));
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static string Base64(string text) => Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(text));
}
