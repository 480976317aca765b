using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MetalSharp.Lab.ApiServer.Access;

/// <summary>The cluster's certificate authority, made anew for each lab. Its key never leaves the process.</summary>
internal sealed class CertificateAuthority : IDisposable
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(365);

    private readonly X509Certificate2 _certificate;
    private readonly DateTimeOffset _notBefore;

    public CertificateAuthority(TimeProvider clock)
    {
        // Machines that share the certificate may disagree a little about the time.
        _notBefore = clock.GetUtcNow().AddHours(-1);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=metalsharp-lab", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        _certificate = request.CreateSelfSigned(_notBefore, _notBefore + Lifetime);
    }

    public string Pem => _certificate.ExportCertificatePem();

    public X509Certificate2 IssueServer(IEnumerable<string> names)
    {
        var alternatives = new SubjectAlternativeNameBuilder();
        foreach (var name in names.Distinct(StringComparer.Ordinal))
        {
            if (IPAddress.TryParse(name, out var address))
                alternatives.AddIpAddress(address);
            else
                alternatives.AddDnsName(name);
        }
        return Issue("CN=kube-apiserver", "1.3.6.1.5.5.7.3.1", alternatives.Build());
    }

    /// <summary>A client certificate as kubeconfigs carry it: the user is the common name, its group the organization.</summary>
    public X509Certificate2 IssueClient(string user, string group) => Issue($"O={group}, CN={user}", "1.3.6.1.5.5.7.3.2", null);

    /// <summary>Who a certificate speaks for, or null when this authority has not signed it.</summary>
    public UserInfo? Recognize(X509Certificate2 certificate)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(_certificate);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        if (!chain.Build(certificate))
            return null;
        var groups = new List<string>();
        var user = "";
        foreach (var part in certificate.SubjectName.EnumerateRelativeDistinguishedNames())
        {
            var value = part.GetSingleElementValue() ?? "";
            if (part.GetSingleElementType().Value == "2.5.4.3")
                user = value;
            else if (part.GetSingleElementType().Value == "2.5.4.10")
                groups.Add(value);
        }
        return new UserInfo(user, [.. groups, UserInfo.Authenticated]);
    }

    public void Dispose() => _certificate.Dispose();

    private X509Certificate2 Issue(string subject, string usage, X509Extension? more)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(_certificate, true, false));
        if (more is not null)
            request.CertificateExtensions.Add(more);
        var serial = RandomNumberGenerator.GetBytes(16);
        serial[0] &= 0x7F;
        using var signed = request.Create(_certificate, _notBefore, _notBefore + Lifetime, serial);
        return signed.CopyWithPrivateKey(key);
    }
}
