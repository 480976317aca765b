namespace MetalSharp.Configuration;

/// <summary>
/// The vocabulary of the ConfigMap: every key that means something, by the mapping it stands in. The reader knows no other key, and
/// docs/configuration.md has a row for each.
/// </summary>
public static class ConfigMapKeys
{
    internal static readonly string[] Root = ["address-pools", "bgp-communities", "peers", "bfd-profiles"];

    internal static readonly string[] Pool =
        ["name", "protocol", "addresses", "auto-assign", "avoid-buggy-ips", "reuse-after", "bgp-advertisements"];

    internal static readonly string[] Advertisement = ["aggregation-length", "aggregation-length-v6", "localpref", "communities"];

    internal static readonly string[] Peer =
    [
        "my-asn", "peer-asn", "peer-address", "source-address", "peer-port", "hold-time", "keepalive-time", "router-id", "node-selectors",
        "password", "bfd-profile", "ebgp-multihop",
    ];

    internal static readonly string[] NodeSelector = ["match-labels", "match-expressions"];

    internal static readonly string[] MatchExpression = ["key", "operator", "values"];

    internal static readonly string[] BfdProfile =
    [
        "name", "receive-interval", "transmit-interval", "detect-multiplier", "echo-interval", "echo-mode", "passive-mode", "minimum-ttl",
    ];

    /// <summary>Every key with its way from the root, as in <c>address-pools[].addresses</c>.</summary>
    public static IEnumerable<string> All =>
    [
        .. Root,
        .. Within("address-pools[].", Pool),
        .. Within("address-pools[].bgp-advertisements[].", Advertisement),
        .. Within("peers[].", Peer),
        .. Within("peers[].node-selectors[].", NodeSelector),
        .. Within("peers[].node-selectors[].match-expressions[].", MatchExpression),
        .. Within("bfd-profiles[].", BfdProfile),
    ];

    private static IEnumerable<string> Within(string way, string[] keys) => keys.Select(key => way + key);
}
