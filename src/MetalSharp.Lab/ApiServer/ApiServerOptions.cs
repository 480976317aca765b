using System.Net;
using MetalSharp.Net;

namespace MetalSharp.Lab.ApiServer;

/// <summary>Where the API server listens and what its cluster looks like.</summary>
internal sealed record ApiServerOptions
{
    /// <summary>TCP endpoints, each with TLS. Port 0 takes a free one at the first start and keeps it over restarts.</summary>
    public IReadOnlyList<IPEndPoint> Endpoints { get; init; } = [];

    /// <summary>A Unix socket that speaks the same TLS, for forwarders in other network namespaces.</summary>
    public string? SocketPath { get; init; }

    /// <summary>DNS names and IP addresses the certificate is for, besides the usual ones and those of the endpoints.</summary>
    public IReadOnlyList<string> CertificateNames { get; init; } = [];

    /// <summary>Where cluster IPs come from: one range, or one of each family for a dual-stack cluster; the first is the default family.</summary>
    public IReadOnlyList<InetPrefix> ServiceRanges { get; init; } = [InetPrefix.Parse("10.96.0.0/16")];

    public int FirstNodePort { get; init; } = 30000;

    public int LastNodePort { get; init; } = 32767;

    /// <summary>How many changes each resource remembers for watches and paged lists.</summary>
    public int HistoryLength { get; init; } = 20_000;

    public TimeSpan BookmarkInterval { get; init; } = TimeSpan.FromMinutes(1);
}
