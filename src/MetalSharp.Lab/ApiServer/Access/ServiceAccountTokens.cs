using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using MetalSharp.Lab.ApiServer.Resources;
using MetalSharp.Lab.ApiServer.Storage;

namespace MetalSharp.Lab.ApiServer.Access;

/// <summary>
/// Tokens of ServiceAccounts: JWTs signed with a key of this process. A token ends with its time, and with the
/// ServiceAccount it was made for.
/// </summary>
internal sealed class ServiceAccountTokens(ClusterStore store, BuiltInResources builtIns, TimeProvider clock)
{
    public const string Audience = "https://kubernetes.default.svc.cluster.local";

    private static readonly string Header = Base64Url.EncodeToString("""{"alg":"HS256","typ":"JWT"}"""u8);

    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);

    /// <summary>Makes a token for a ServiceAccount that exists.</summary>
    public (string Token, DateTimeOffset Expires) Issue(StoredObject account, TimeSpan lifetime, IReadOnlyList<string> audiences)
    {
        var now = clock.GetUtcNow();
        var claims = new JsonObject
        {
            ["aud"] = new JsonArray([.. audiences.DefaultIfEmpty(Audience).Select(one => JsonValue.Create(one))]),
            ["exp"] = (now + lifetime).ToUnixTimeSeconds(),
            ["iat"] = now.ToUnixTimeSeconds(),
            ["nbf"] = now.ToUnixTimeSeconds(),
            ["iss"] = Audience,
            ["sub"] = UserInfo.ServiceAccount(account.Key.Namespace, account.Key.Name).Name,
            ["jti"] = Guid.NewGuid().ToString(),
            ["kubernetes.io"] = new JsonObject
            {
                ["namespace"] = account.Key.Namespace,
                ["serviceaccount"] = new JsonObject { ["name"] = account.Key.Name, ["uid"] = account.Uid },
            },
        };
        var content = $"{Header}.{Base64Url.EncodeToString(claims.ToUtf8())}";
        return ($"{content}.{Sign(content)}", now + lifetime);
    }

    /// <summary>Who a token speaks for, or null when it is no token of ours, is over, or its ServiceAccount is gone.</summary>
    public UserInfo? Recognize(string token)
    {
        var lastDot = token.LastIndexOf('.');
        if (lastDot < 0 || !IsSignature(token[..lastDot], token[(lastDot + 1)..]))
            return null;
        var claims = JsonNode.Parse(Base64Url.DecodeFromChars(token.AsSpan(Header.Length + 1, lastDot - Header.Length - 1)));
        var bound = claims.At("kubernetes.io");
        var key = new ObjectKey(bound.Text("namespace")!, bound.Text("serviceaccount", "name")!);
        var uid = bound.Text("serviceaccount", "uid")!;
        if (claims.Number("exp") <= clock.GetUtcNow().ToUnixTimeSeconds())
            return null;
        if (claims.List("aud").All(audience => audience.AsText() != Audience))
            return null;
        return store.Log(builtIns.ServiceAccounts.Bucket).Find(key)?.Uid == uid
            ? UserInfo.ServiceAccount(key.Namespace, key.Name, uid)
            : null;
    }

    private bool IsSignature(string content, string signature) => CryptographicOperations.FixedTimeEquals(
        Encoding.UTF8.GetBytes(Sign(content)), Encoding.UTF8.GetBytes(signature));

    private string Sign(string content) => Base64Url.EncodeToString(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(content)));
}
