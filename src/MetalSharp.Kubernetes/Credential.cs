using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;

namespace MetalSharp.Kubernetes;

/// <summary>Who we are. Secrets are in here and in no message.</summary>
internal abstract class Credential
{
    /// <summary>Nobody: a local proxy, or a server that knows us by our certificate.</summary>
    public static readonly Credential None = new Fixed(null, null);

    /// <summary>The certificate for new connections, as of the last <see cref="AuthorizeAsync"/>.</summary>
    public virtual X509Certificate2? Certificate => null;

    public abstract ValueTask<AuthenticationHeaderValue?> AuthorizeAsync(TimeProvider time, CancellationToken cancel);

    /// <summary>The server did not accept it. True when the next <see cref="AuthorizeAsync"/> may give another one.</summary>
    public virtual bool Forget() => false;

    /// <summary>A token, a password or a certificate that stays.</summary>
    public sealed class Fixed(AuthenticationHeaderValue? header, X509Certificate2? certificate) : Credential
    {
        public override X509Certificate2? Certificate => certificate;

        public override ValueTask<AuthenticationHeaderValue?> AuthorizeAsync(TimeProvider time, CancellationToken cancel) => new(header);
    }
}
