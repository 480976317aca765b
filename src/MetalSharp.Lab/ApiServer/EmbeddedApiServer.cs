using System.Net;
using System.Security.Cryptography.X509Certificates;
using MetalSharp.Lab.ApiServer.Access;
using MetalSharp.Lab.ApiServer.Http;
using MetalSharp.Lab.ApiServer.Resources;
using MetalSharp.Lab.ApiServer.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;

namespace MetalSharp.Lab.ApiServer;

/// <summary>
/// The lab's Kubernetes API: in memory, wire compatible for what kubectl and clients of this project use. It can be
/// stopped and started again with all its state, as an outage.
/// <para>Left out: validation by custom resources' schemas, admission webhooks, protobuf, OpenAPI schemas (<c>kubectl
/// explain</c>), aggregated ClusterRoles, graceful deletion of Pods (they go at once), and controllers of workloads.</para>
/// </summary>
internal sealed class EmbeddedApiServer : IAsyncDisposable
{
    private static readonly TimeSpan StopGrace = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan TokenLifetime = TimeSpan.FromDays(365);

    private readonly ApiServerOptions _options;
    private readonly TimeProvider _clock;
    private readonly CertificateAuthority _authority;
    private readonly X509Certificate2 _certificate;
    private readonly ClusterStore _store;
    private readonly NamespaceSweep _sweep;
    private readonly BuiltInResources _builtIns;
    private readonly ObjectWrites _writes;
    private readonly ServiceAccountTokens _tokens;
    private readonly RequestStatistics _statistics = new();
    private readonly RequestPipeline _pipeline;
    private readonly Task _bootstrapped;
    private IReadOnlyList<IPEndPoint> _endpoints;
    private WebApplication? _app;
    private CancellationTokenSource? _stopping;

    public EmbeddedApiServer(ApiServerOptions options, TimeProvider? clock = null)
    {
        _options = options;
        _clock = clock ?? TimeProvider.System;
        _endpoints = options.Endpoints;
        _authority = new CertificateAuthority(_clock);
        _certificate = _authority.IssueServer(
        [
            "localhost", "127.0.0.1", "::1", "kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local",
            .. options.Endpoints.Select(endpoint => endpoint.Address.ToString()), .. options.CertificateNames,
        ]);
        _builtIns = new BuiltInResources(new ServiceRules(new ServiceRanges(options.ServiceRanges, options.FirstNodePort, options.LastNodePort)), _clock);
        var registry = new ResourceRegistry(_builtIns);
        _writes = new ObjectWrites(_builtIns, _clock);
        _sweep = new NamespaceSweep(_clock);
        var lifecycle = new ObjectLifecycle(_builtIns, registry, _writes, _sweep);
        _store = new ClusterStore(options.HistoryLength, lifecycle.AfterWrite);
        _sweep.Start(_store, lifecycle);
        _tokens = new ServiceAccountTokens(_store, _builtIns, _clock);
        var authorizer = new Authorizer(_store, _builtIns);
        _pipeline = new RequestPipeline(
            new Authenticator(_authority, _tokens, authorizer), authorizer, registry,
            new ResourceRequests(_store, _writes, options.BookmarkInterval, _clock), new AccessReviews(authorizer, _tokens), _tokens, _store, _statistics);
        _bootstrapped = Bootstrap.RunAsync(_store, _builtIns, _writes);
    }

    public string CaCertificatePem => _authority.Pem;

    /// <summary>Where it listens; ports that were 0 are the real ones once it has started.</summary>
    public IReadOnlyList<IPEndPoint> Endpoints => _endpoints;

    public bool IsRunning => _app is not null;

    public RequestCounts Statistics => _statistics.Snapshot();

    /// <summary>Starts listening; returns when connections are accepted.</summary>
    public async Task StartAsync(CancellationToken stop = default)
    {
        if (_app is not null)
            throw new InvalidOperationException("the API server is already running");
        await _bootstrapped;
        if (_options.SocketPath is { } path)
            File.Delete(path);
        var stopping = new CancellationTokenSource();
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(Configure);
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.UseShutdownTimeout(StopGrace);
        var app = builder.Build();
        var token = stopping.Token;
        app.Run(context => _pipeline.HandleAsync(context, token));
        try
        {
            await app.StartAsync(stop);
        }
        catch
        {
            await app.DisposeAsync();
            stopping.Dispose();
            throw;
        }
        (_app, _stopping) = (app, stopping);
        KeepPorts(app);
    }

    /// <summary>Cuts off all clients and stops listening. The state stays.</summary>
    public async Task StopAsync()
    {
        if (_app is not { } app)
            return;
        _app = null;
        await _stopping!.CancelAsync();
        await app.StopAsync();
        await app.DisposeAsync();
        _stopping.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await _sweep.DisposeAsync();
        await _store.DisposeAsync();
        _certificate.Dispose();
        _authority.Dispose();
        if (_options.SocketPath is { } path)
            File.Delete(path);
    }

    /// <summary>Forgets the history of all resources: every watch gets 410 and has to list again.</summary>
    public Task CompactAsync() => _store.CompactAsync();

    /// <summary>A token for a ServiceAccount that exists, good for a year.</summary>
    public string CreateServiceAccountToken(string @namespace, string name)
    {
        var account = _store.Log(_builtIns.ServiceAccounts.Bucket).Find(new ObjectKey(@namespace, name))
            ?? throw new InvalidOperationException($"there is no ServiceAccount {@namespace}/{name}");
        return _tokens.Issue(account, TokenLifetime, []).Token;
    }

    /// <summary>Writes a kubeconfig of the cluster's administrator, readable by its owner only.</summary>
    public void WriteKubeconfig(string path, string serverUrl)
    {
        using var certificate = _authority.IssueClient("kubernetes-admin", UserInfo.Masters);
        Kubeconfig.WriteAdmin(path, serverUrl, CaCertificatePem, certificate);
    }

    private void Configure(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = null;
        // Clients put all their watches on one connection.
        kestrel.Limits.Http2.MaxStreamsPerConnection = 10_000;
        kestrel.Limits.MinResponseDataRate = null;
        foreach (var endpoint in _endpoints)
            kestrel.Listen(endpoint, UseTls);
        if (_options.SocketPath is { } path)
            kestrel.ListenUnixSocket(path, UseTls);
    }

    private void UseTls(ListenOptions listen)
    {
        listen.Protocols = HttpProtocols.Http1AndHttp2;
        listen.UseHttps(new HttpsConnectionAdapterOptions
        {
            ServerCertificate = _certificate,
            ClientCertificateMode = ClientCertificateMode.AllowCertificate,
            // Whether the certificate is worth anything is for the authenticator to say, as a 401.
            ClientCertificateValidation = (_, _, _) => true,
        });
    }

    private void KeepPorts(WebApplication app)
    {
        var bound = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses
            .Where(address => !address.Contains("unix:", StringComparison.Ordinal))
            .Select(address => new Uri(address).Port).ToList();
        _endpoints = [.. _endpoints.Select((endpoint, index) => new IPEndPoint(endpoint.Address, bound[index]))];
    }
}
