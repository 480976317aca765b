using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;

namespace MetalSharp.Kubernetes;

/// <summary>A token in a file that somebody else renews, as the kubelet does. Read again at least every minute.</summary>
internal sealed class TokenFileCredential(string path, string what, X509Certificate2? certificate = null) : Credential
{
    private static readonly TimeSpan MaxAge = TimeSpan.FromMinutes(1);

    private volatile Reading? _last;

    public override X509Certificate2? Certificate => certificate;

    public override ValueTask<AuthenticationHeaderValue?> AuthorizeAsync(TimeProvider time, CancellationToken cancel)
    {
        if (_last is { Refused: false } fresh && time.GetElapsedTime(fresh.ReadAt) < MaxAge)
            return new(fresh.Header);
        try
        {
            var token = Files.Text(path, what).Trim();
            if (token.Length == 0)
                throw new ClusterAccessException($"{path}: {what} is empty");
            _last = new(new("Bearer", token), time.GetTimestamp(), Refused: false);
        }
        catch (ClusterAccessException) when (_last is not null)
        {
            // Caught in the middle of a renewal: the token that we have is good for a while yet.
            _last = _last with { ReadAt = time.GetTimestamp(), Refused = false };
        }

        return new(_last.Header);
    }

    public override bool Forget()
    {
        if (_last is not { } refused)
            return false;
        _last = refused with { Refused = true };
        return true;
    }

    private sealed record Reading(AuthenticationHeaderValue Header, long ReadAt, bool Refused);
}
