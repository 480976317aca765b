using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace MetalSharp.Kubernetes;

/// <summary>How we know that a server is the one we mean.</summary>
internal sealed record ServerTrust
{
    /// <summary>The authorities that the operating system trusts.</summary>
    public static readonly ServerTrust System = new();

    /// <summary>The authorities of the cluster; null for those of the operating system.</summary>
    public X509Certificate2Collection? Authorities { get; private init; }

    /// <summary>The name that the server's certificate must have; null for the host it is reached at.</summary>
    public string? ServerName { get; init; }

    public bool AcceptAnyone { get; init; }

    /// <summary>Trust in the authorities of a PEM text.</summary>
    public static ServerTrust Of(string source, byte[] pem)
    {
        var authorities = new X509Certificate2Collection();
        try
        {
            authorities.ImportFromPem(Encoding.UTF8.GetString(pem));
        }
        catch (CryptographicException e)
        {
            throw new ClusterAccessException($"{source}: not a certificate in PEM form: {e.Message}", e);
        }

        return authorities.Count > 0
            ? new() { Authorities = authorities }
            : throw new ClusterAccessException($"{source}: holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)");
    }

    public SslClientAuthenticationOptions CreateOptions(string host, X509Certificate2? client)
    {
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = ServerName ?? host,
            ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11],
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        };
        if (client is not null)
            options.ClientCertificateContext = SslStreamCertificateContext.Create(client, additionalCertificates: null, offline: true);
        if (Authorities is not null)
        {
            options.CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
                DisableCertificateDownloads = true,
            };
            options.CertificateChainPolicy.CustomTrustStore.AddRange(Authorities);
        }

        options.RemoteCertificateValidationCallback = (_, _, chain, errors) =>
            AcceptAnyone || errors == SslPolicyErrors.None || errors == SslPolicyErrors.RemoteCertificateChainErrors && EndsInAuthority(chain);
        return options;
    }

    /// <summary>
    /// Kubernetes trusts every certificate of the bundle as it stands, also one that another authority has signed; the platform wants
    /// chains to end in a self-signed one. This accepts a chain whose only fault is that.
    /// </summary>
    private bool EndsInAuthority(X509Chain? chain) =>
        Authorities is not null
        && chain is { ChainElements: [.., var last] }
        && chain.ChainStatus.All(status => status.Status == X509ChainStatusFlags.PartialChain)
        && Authorities.Any(authority => authority.RawDataMemory.Span.SequenceEqual(last.Certificate.RawDataMemory.Span));
}
