using MetalSharp.Configuration;
using MetalSharp.Resources;

namespace MetalSharp.Tests.Configuration;

/// <summary>Every rule of the ConfigMap format: what it refuses, where it says so, and what it accepts.</summary>
public sealed class ConfigMapRulesTests
{
    // Rule; text; then each error as "line:column path fault: part of the message", in the order of the text.
    public static TheoryData<string, string, string[]> Refused => new()
    {
        // The document.
        { "an unknown key", "pools: []", ["1:1 pools UnknownKey: expected one of address-pools, bgp-communities, peers, bfd-profiles"] },
        { "a near miss", "adress-pools: []", ["1:1 adress-pools UnknownKey: unknown key `adress-pools`; did you mean `address-pools`?"] },
        { "another spelling", "bfdProfiles: []", ["1:1 bfdProfiles UnknownKey: did you mean `bfd-profiles`?"] },
        { "a list as the document", "- a", ["1:1  WrongType: expected keys with values, found a list"] },
        { "a text as the document", "just text", ["1:1  WrongType: expected keys with values, found a single value"] },
        { "a key twice", "peers: []\npeers: []", ["2:1 peers DuplicateKey: duplicate key `peers`; it already stands in line 1"] },
        { "keys where a list belongs", "address-pools: {}", ["1:16 address-pools WrongType: expected a list, found keys with values"] },
        { "a value where a list belongs", "peers: x", ["1:8 peers WrongType: expected a list, found a single value"] },
        { "a value where keys belong", "address-pools:\n- 10.0.0.0/24", ["2:3 address-pools[0] WrongType: expected keys with values, found a single value"] },
        { "nothing where keys belong", "address-pools:\n-\n",
            ["2:2 address-pools[0].name Missing: a pool needs a name", "2:2 address-pools[0].protocol Missing: layer2 or bgp", "2:2 address-pools[0].addresses Missing: at least one"] },

        // address-pools: name and protocol.
        { "a pool without a name", Pool("protocol: layer2, addresses: [10.0.0.0/24]"), ["1:17 address-pools[0].name Missing: a pool needs a name"] },
        { "a pool with an empty name", Pool("name: '', protocol: layer2, addresses: [10.0.0.0/24]"), ["1:18 address-pools[0].name Missing: a pool needs a name"] },
        { "a pool whose name is a list", Pool("name: [p], protocol: layer2, addresses: [10.0.0.0/24]"), ["1:24 address-pools[0].name WrongType: expected a text, found a list"] },
        { "two pools of one name",
            "address-pools:\n- {name: p, protocol: layer2, addresses: [10.0.0.0/24]}\n- {name: p, protocol: layer2, addresses: [10.0.1.0/24]}",
            ["3:10 address-pools[1].name Duplicate: duplicate pool \"p\"; address-pools[0].name in line 2 bears that name already"] },
        { "a pool without a protocol", Pool("name: p, addresses: [10.0.0.0/24]"), ["1:17 address-pools[0].protocol Missing: expected layer2 or bgp"] },
        { "an unknown protocol", Pool("name: p, protocol: babel, addresses: [10.0.0.0/24]"), ["1:37 address-pools[0].protocol InvalidValue: \"babel\" is no protocol"] },
        { "a protocol in capitals", Pool("name: p, protocol: BGP, addresses: [10.0.0.0/24]"), ["1:37 address-pools[0].protocol InvalidValue: expected layer2 or bgp"] },
        { "an unknown key of a pool", Pool("name: p, protocol: layer2, addresses: [10.0.0.0/24], auto_assign: true"),
            ["1:71 address-pools[0].auto_assign UnknownKey: did you mean `auto-assign`?"] },
        { "a misspelt key is one error, not also a missing one", Pool("name: p, protocol: layer2, adresses: [10.0.0.0/24]"),
            ["1:45 address-pools[0].adresses UnknownKey: did you mean `addresses`?"] },

        // address-pools: addresses.
        { "no addresses", Pool("name: p, protocol: layer2"), ["1:17 address-pools[0].addresses Missing: at least one prefix like 192.0.2.0/24 or range"] },
        { "an empty list of addresses", Pool("name: p, protocol: layer2, addresses: []"), ["1:56 address-pools[0].addresses Missing: the list is empty"] },
        { "addresses that are no list", Pool("name: p, protocol: layer2, addresses: 10.0.0.0/24"), ["1:56 address-pools[0].addresses WrongType: expected a list"] },
        { "a bare IPv4 address", Addresses("10.0.0.1"), ["1:57 address-pools[0].addresses[0] InvalidValue: \"10.0.0.1\" is a single address; write \"10.0.0.1/32\""] },
        { "a bare IPv6 address", Addresses("2001:DB8::1"), ["1:57 address-pools[0].addresses[0] InvalidValue: write \"2001:db8::1/128\""] },
        { "a prefix longer than the address", Addresses("10.0.0.0/33"), ["1:57 address-pools[0].addresses[0] InvalidValue: \"10.0.0.0/33\" is neither a prefix nor a range"] },
        { "an octet over 255", Addresses("100.200.300.400/24"), ["1:57 address-pools[0].addresses[0] InvalidValue: neither a prefix nor a range"] },
        { "an octet with a leading zero", Addresses("10.0.0.01/32"), ["1:57 address-pools[0].addresses[0] InvalidValue: neither a prefix nor a range"] },
        { "an IPv4 prefix written as IPv6", Addresses("'::ffff:10.0.0.0/24'"), ["1:57 address-pools[0].addresses[0] InvalidValue: write it as IPv4"] },
        { "nothing in the list", Addresses("~"), ["1:57 address-pools[0].addresses[0] InvalidValue: \"\" is neither"] },
        { "a list in the list", Addresses("[10.0.0.0/24]"), ["1:57 address-pools[0].addresses[0] WrongType: expected a text, found a list"] },
        { "a range that ends before it starts", Addresses("10.0.0.9-10.0.0.1"), ["1:57 address-pools[0].addresses[0] InvalidValue: the start 10.0.0.9 is after the end 10.0.0.1"] },
        { "a range across families", Addresses("10.0.0.1-2001:db8::1"), ["1:57 address-pools[0].addresses[0] InvalidValue: begins with IPv4 and ends with IPv6"] },
        { "a range with a broken start", Addresses("10.0.0.x-10.0.0.9"), ["1:57 address-pools[0].addresses[0] InvalidValue: the start \"10.0.0.x\" is not an IP address"] },
        { "a range with a broken end", Addresses("10.0.0.1 - 10.0.0"), ["1:57 address-pools[0].addresses[0] InvalidValue: the end \"10.0.0\" is not an IP address"] },
        { "a range of prefixes", Addresses("10.0.0.0/24-10.0.1.0/24"), ["1:57 address-pools[0].addresses[0] InvalidValue: the start \"10.0.0.0/24\" is not"] },

        // Overlaps.
        { "one prefix in another", Addresses("10.0.0.0/8, 10.1.0.0/16"),
            ["1:69 address-pools[0].addresses[1] Overlap: 10.1.0.0/16 overlaps 10.0.0.0/8, which address-pools[0].addresses[0] in line 1 holds already"] },
        { "the larger prefix second", Addresses("10.1.0.0/16, 10.0.0.0/8"), ["1:70 address-pools[0].addresses[1] Overlap: 10.0.0.0/8 overlaps 10.1.0.0/16"] },
        { "one address in common, between pools",
            "address-pools:\n- {name: p, protocol: layer2, addresses: [10.0.0.1-10.0.0.9]}\n- {name: r, protocol: bgp, addresses: [10.0.0.9-10.0.0.20]}",
            ["3:40 address-pools[1].addresses[0] Overlap: 10.0.0.9-10.0.0.20 overlaps 10.0.0.1-10.0.0.9, which address-pools[0].addresses[0] in line 2"] },
        { "each pair of three", Addresses("10.0.0.0/8, 10.0.0.0/16, 10.0.0.0/24"),
            [
                "1:69 address-pools[0].addresses[1] Overlap: 10.0.0.0/16 overlaps 10.0.0.0/8",
                "1:82 address-pools[0].addresses[2] Overlap: 10.0.0.0/24 overlaps 10.0.0.0/",
                "1:82 address-pools[0].addresses[2] Overlap: 10.0.0.0/24 overlaps 10.0.0.0/",
            ] },
        { "IPv6 like IPv4", Addresses("'2001:db8::/64', '2001:db8::1-2001:db8::4'"), ["1:74 address-pools[0].addresses[1] Overlap: overlaps 2001:db8::/64"] },

        // address-pools: the switches.
        { "a quoted truth value", Pool("name: p, protocol: layer2, addresses: [10.0.0.0/24], auto-assign: \"no\""),
            ["1:84 address-pools[0].auto-assign WrongType: \"no\" is a text, since it stands in quotes; expected true or false"] },
        { "a number as a truth value", Pool("name: p, protocol: layer2, addresses: [10.0.0.0/24], avoid-buggy-ips: 1"),
            ["1:88 address-pools[0].avoid-buggy-ips WrongType: \"1\" is not a truth value; expected true or false"] },
        { "a duration without a unit", Pool("name: p, protocol: layer2, addresses: [10.0.0.0/24], reuse-after: 5"),
            ["1:84 address-pools[0].reuse-after InvalidValue: \"5\" is not a duration; expected one like 90s"] },
        { "a negative duration", Pool("name: p, protocol: layer2, addresses: [10.0.0.0/24], reuse-after: -5s"), ["1:84 address-pools[0].reuse-after OutOfRange: \"-5s\" is negative"] },

        // bgp-advertisements.
        { "advertisements of a layer2 pool", Pool("name: p, protocol: layer2, addresses: [10.0.0.0/24], bgp-advertisements: [{}]"),
            ["1:91 address-pools[0].bgp-advertisements Conflict: a pool with protocol layer2 has no bgp-advertisements"] },
        { "advertisements that are no list", Pool("name: p, protocol: bgp, addresses: [10.0.0.0/24], bgp-advertisements: {}"),
            ["1:88 address-pools[0].bgp-advertisements WrongType: expected a list"] },
        { "an IPv4 aggregate over 32", Advertised("aggregation-length: 33"), ["1:110 address-pools[0].bgp-advertisements[0].aggregation-length OutOfRange: 33 is out of range; expected a whole number from 1 to 32"] },
        { "an IPv6 aggregate over 128", Advertised("aggregation-length-v6: 129"), ["1:113 address-pools[0].bgp-advertisements[0].aggregation-length-v6 OutOfRange: from 1 to 128"] },
        { "an aggregate wider than a prefix of the pool", Advertised("aggregation-length: 23"),
            ["1:110 address-pools[0].bgp-advertisements[0].aggregation-length Conflict: 10.0.0.0/24 in address-pools[0].addresses[0] has no prefix wider than /24; expected 24 to 32"] },
        { "an aggregate wider than what a range holds",
            "address-pools: [{name: p, protocol: bgp, addresses: [3.3.3.2-3.3.3.254], bgp-advertisements: [{aggregation-length: 24}]}]",
            ["1:116 address-pools[0].bgp-advertisements[0].aggregation-length Conflict: 3.3.3.2-3.3.3.254 in address-pools[0].addresses[0] has no prefix wider than /26; expected 26 to 32"] },
        { "an IPv6 aggregate wider than a prefix of the pool",
            "address-pools: [{name: p, protocol: bgp, addresses: ['2001:db8::/64'], bgp-advertisements: [{aggregation-length-v6: 48}]}]",
            ["1:117 address-pools[0].bgp-advertisements[0].aggregation-length-v6 Conflict: 2001:db8::/64 in address-pools[0].addresses[0] has no prefix wider than /64"] },
        { "a fraction as a length", Advertised("aggregation-length: 24.0"), ["1:110 address-pools[0].bgp-advertisements[0].aggregation-length WrongType: \"24.0\" is not a whole number"] },
        { "a negative preference", Advertised("localpref: -1"), ["1:101 address-pools[0].bgp-advertisements[0].localpref OutOfRange: from 0 to 4294967295"] },
        { "a preference over 32 bits", Advertised("localpref: 4294967296"), ["1:101 address-pools[0].bgp-advertisements[0].localpref OutOfRange: 4294967296 is out of range"] },
        { "communities that are no list", Advertised("communities: 1:2"), ["1:103 address-pools[0].bgp-advertisements[0].communities WrongType: expected a list"] },
        { "half a community", Advertised("communities: [1234]"), ["1:104 address-pools[0].bgp-advertisements[0].communities[0] UnknownReference: \"1234\" is neither a name under bgp-communities nor two numbers"] },
        { "a community over 16 bits", Advertised("communities: ['65536:1', '1:65536']"),
            ["1:104 address-pools[0].bgp-advertisements[0].communities[0] UnknownReference: \"65536:1\"", "1:115 address-pools[0].bgp-advertisements[0].communities[1] UnknownReference: \"1:65536\""] },
        { "a name that is not there", "bgp-communities: {no-export: 65535:65281}\n" + Advertised("communities: [noexpert]"),
            ["2:104 address-pools[0].bgp-advertisements[0].communities[0] UnknownReference: did you mean \"no-export\"?"] },
        { "one community twice", Advertised("communities: ['1:2', '1:2']"), ["1:111 address-pools[0].bgp-advertisements[0].communities[1] Duplicate: duplicate community \"1:2\"; address-pools[0].bgp-advertisements[0].communities[0] in line 1"] },
        { "two equal advertisements", Advertised("localpref: 5}, {localpref: 5"), ["1:105 address-pools[0].bgp-advertisements[1] Duplicate: the same as address-pools[0].bgp-advertisements[0] in line 1"] },
        { "an unknown key of an advertisement", Advertised("local-pref: 5"), ["1:90 address-pools[0].bgp-advertisements[0].local-pref UnknownKey: did you mean `localpref`?"] },

        // bgp-communities.
        { "communities that are no mapping", "bgp-communities: [1:2]", ["1:18 bgp-communities WrongType: expected keys with values, found a list"] },
        { "a name without a community", "bgp-communities: {a: x}", ["1:22 bgp-communities.a InvalidValue: \"x\" is no community; expected two numbers from 0 to 65535"] },
        { "a named community over 16 bits", "bgp-communities: {a: 99999999:1, b: 1:99999999}", ["1:22 bgp-communities.a InvalidValue: \"99999999:1\"", "1:37 bgp-communities.b InvalidValue: \"1:99999999\""] },
        { "a name twice", "bgp-communities: {a: 1:2, a: 1:3}", ["1:27 bgp-communities.a DuplicateKey: it already stands in line 1"] },
        { "a refused name is refused once, not again where it is used", "bgp-communities: {a: x}\n" + Advertised("communities: [a]"), ["1:22 bgp-communities.a InvalidValue: \"x\""] },

        // peers.
        { "a peer with nothing in it", "peers:\n- {}",
            ["2:3 peers[0].my-asn Missing: the AS number of the cluster", "2:3 peers[0].peer-asn Missing: the AS number of the router", "2:3 peers[0].peer-address Missing: the IP address of the router"] },
        { "AS number zero", "peers: [{my-asn: 0, peer-asn: 2, peer-address: 1.2.3.4}]", ["1:18 peers[0].my-asn OutOfRange: from 1 to 4294967295"] },
        { "an AS number over 32 bits", "peers: [{my-asn: 1, peer-asn: 4294967296, peer-address: 1.2.3.4}]", ["1:31 peers[0].peer-asn OutOfRange: 4294967296 is out of range"] },
        { "a quoted AS number", "peers: [{my-asn: '1', peer-asn: 2, peer-address: 1.2.3.4}]", ["1:18 peers[0].my-asn WrongType: \"1\" is a text, since it stands in quotes"] },
        { "an AS number with a leading zero that is not octal", "peers: [{my-asn: 08, peer-asn: 2, peer-address: 1.2.3.4}]", ["1:18 peers[0].my-asn WrongType: \"08\" is not a whole number"] },
        { "an AS number in dots", "peers: [{my-asn: 1.10, peer-asn: 2, peer-address: 1.2.3.4}]", ["1:18 peers[0].my-asn WrongType: \"1.10\" is not a whole number"] },
        { "a peer address that is none", "peers: [{my-asn: 1, peer-asn: 2, peer-address: 1.2.3.400}]", ["1:48 peers[0].peer-address InvalidValue: \"1.2.3.400\" is not an IP address"] },
        { "a peer address that is a name", Peer("source-address: router.example"), ["1:73 peers[0].source-address InvalidValue: \"router.example\" is not an IP address"] },
        { "an empty peer address", "peers: [{my-asn: 1, peer-asn: 2, peer-address: ''}]", ["1:34 peers[0].peer-address Missing: the IP address of the router"] },
        { "a port over 16 bits", Peer("peer-port: 65536"), ["1:68 peers[0].peer-port OutOfRange: from 0 to 65535"] },
        { "a hold time that is none", Peer("hold-time: foo"), ["1:68 peers[0].hold-time InvalidValue: \"foo\" is not a duration"] },
        { "a hold time under 3 s", Peer("hold-time: 2900ms"), ["1:68 peers[0].hold-time OutOfRange: \"2900ms\" is too short; expected 0s, or 3s and more"] },
        { "a negative hold time", Peer("hold-time: -90s, keepalive-time: -91s"), ["1:68 peers[0].hold-time OutOfRange: too short", "1:90 peers[0].keepalive-time OutOfRange: is negative"] },
        { "a hold time that BGP cannot say", Peer("hold-time: 18h12m16s"), ["1:68 peers[0].hold-time OutOfRange: at most 65535s"] },
        { "a keepalive time over the hold time", Peer("hold-time: 30s, keepalive-time: 31s"), ["1:89 peers[0].keepalive-time Conflict: \"31s\" is longer than the hold time of 30s"] },
        { "a keepalive time over the default hold time", Peer("keepalive-time: 2m"), ["1:73 peers[0].keepalive-time Conflict: longer than the hold time of 90s"] },
        { "a router ID that is no address", Peer("router-id: oh god how do I BGP"), ["1:68 peers[0].router-id InvalidValue: \"oh god how do I BGP\" is not an IP address"] },
        { "an IPv6 router ID", Peer("router-id: '2001:db8::1'"), ["1:68 peers[0].router-id InvalidValue: an IPv4 address other than 0.0.0.0 (RFC 6286)"] },
        { "router ID zero", Peer("router-id: 0.0.0.0"), ["1:68 peers[0].router-id InvalidValue: an IPv4 address other than 0.0.0.0"] },
        { "multihop inside one AS", "peers: [{my-asn: 42, peer-asn: 42, peer-address: 1.2.3.4, ebgp-multihop: true}]", ["1:74 peers[0].ebgp-multihop Conflict: an iBGP peer, which has no ebgp-multihop"] },
        { "a BFD profile that is not there", "bfd-profiles: [{name: fast}]\n" + Peer("bfd-profile: fasst"), ["2:70 peers[0].bfd-profile UnknownReference: did you mean \"fast\"?"] },
        { "a BFD profile that was refused already", "bfd-profiles: [{name: fast, echo-mode: 3}]\n" + Peer("bfd-profile: fast"), ["1:40 bfd-profiles[0].echo-mode WrongType: not a truth value"] },
        { "two equal peers", "peers:\n- {my-asn: 1, peer-asn: 2, peer-address: 1.2.3.4}\n- {peer-asn: 0x2, my-asn: 1, peer-port: 179, peer-address: 1.2.3.4}",
            ["3:3 peers[1] Duplicate: this peer is the same as peers[0] in line 2"] },
        { "an unknown key of a peer", Peer("bfdProfile: x"), ["1:57 peers[0].bfdProfile UnknownKey: did you mean `bfd-profile`?"] },
        { "a password that is too long for the kernel", Peer("password: " + new string('x', 81)), ["1:67 peers[0].password OutOfRange: the password is too long; TCP MD5 takes at most 80 bytes"] },

        // node-selectors.
        { "selectors that are no list", Peer("node-selectors: {}"), ["1:73 peers[0].node-selectors WrongType: expected a list"] },
        { "a label that is no text", Selected("match-labels: {a: {b: c}}"), ["1:93 peers[0].node-selectors[0].match-labels.a WrongType: expected a text, found keys with values"] },
        { "labels that are no mapping", Selected("match-labels: [a]"), ["1:89 peers[0].node-selectors[0].match-labels WrongType: expected keys with values"] },
        { "an empty label key", Selected("match-labels: {'': a}"), ["1:90 peers[0].node-selectors[0].match-labels[\"\"] InvalidValue: a label key must not be empty"] },
        { "a label key with a blank", Selected("match-labels: {a b: a}"), ["1:90 peers[0].node-selectors[0].match-labels[\"a b\"] InvalidValue: \"a b\" is no label key"] },
        { "a label prefix in capitals", Selected("match-labels: {Ex.com/a: b}"), ["1:90 peers[0].node-selectors[0].match-labels[\"Ex.com/a\"] InvalidValue: must be a DNS name"] },
        { "a label value with a blank", Selected("match-labels: {a: 'b '}"), ["1:93 peers[0].node-selectors[0].match-labels.a InvalidValue: \"b \" is no label value"] },
        { "one label twice", Selected("match-labels: {a: b, a: c}"), ["1:96 peers[0].node-selectors[0].match-labels.a DuplicateKey: already stands in line 1"] },
        { "an expression without a key", Selected("match-expressions: [{operator: Exists}]"), ["1:95 peers[0].node-selectors[0].match-expressions[0].key Missing: the key of a label"] },
        { "an expression without an operator", Selected("match-expressions: [{key: a, values: [b]}]"), ["1:95 peers[0].node-selectors[0].match-expressions[0].operator Missing: In, NotIn, Exists or DoesNotExist"] },
        { "an unknown operator", Selected("match-expressions: [{key: a, operator: Surrounds, values: [b]}]"), ["1:114 peers[0].node-selectors[0].match-expressions[0].operator InvalidValue: \"Surrounds\" is no operator"] },
        { "In without values", Selected("match-expressions: [{key: a, operator: In}]"), ["1:95 peers[0].node-selectors[0].match-expressions[0].values Missing: operator In needs at least one value"] },
        { "NotIn with an empty list", Selected("match-expressions: [{key: a, operator: NotIn, values: []}]"), ["1:129 peers[0].node-selectors[0].match-expressions[0].values Missing: operator NotIn needs"] },
        { "Exists with values", Selected("match-expressions: [{key: a, operator: Exists, values: [b]}]"), ["1:130 peers[0].node-selectors[0].match-expressions[0].values Conflict: operator Exists takes no values"] },
        { "a value that is no label value", Selected("match-expressions: [{key: a, operator: In, values: [b, -c]}]"), ["1:130 peers[0].node-selectors[0].match-expressions[0].values[1] InvalidValue: \"-c\" is no label value"] },
        { "an unknown key of a selector", Selected("matchLabels: {a: b}"), ["1:75 peers[0].node-selectors[0].matchLabels UnknownKey: did you mean `match-labels`?"] },

        // bfd-profiles.
        { "a profile without a name", "bfd-profiles: [{receive-interval: 100}]", ["1:16 bfd-profiles[0].name Missing: a BFD profile needs a name"] },
        { "two profiles of one name", "bfd-profiles:\n- name: b\n- name: b\n", ["3:9 bfd-profiles[1].name Duplicate: duplicate BFD profile \"b\"; bfd-profiles[0].name in line 2"] },
        { "a receive interval under 10 ms", "bfd-profiles: [{name: b, receive-interval: 9}]", ["1:44 bfd-profiles[0].receive-interval OutOfRange: a whole number of milliseconds from 10 to 60000"] },
        { "a transmit interval over 60 s", "bfd-profiles: [{name: b, transmit-interval: 60001}]", ["1:45 bfd-profiles[0].transmit-interval OutOfRange: 60001 is out of range"] },
        { "an echo interval with a unit", "bfd-profiles: [{name: b, echo-interval: 50ms}]", ["1:41 bfd-profiles[0].echo-interval WrongType: \"50ms\" is not a whole number; expected a whole number of milliseconds"] },
        { "a multiplier of one", "bfd-profiles: [{name: b, detect-multiplier: 1}]", ["1:45 bfd-profiles[0].detect-multiplier OutOfRange: from 2 to 255"] },
        { "a multiplier over 255", "bfd-profiles: [{name: b, detect-multiplier: 256}]", ["1:45 bfd-profiles[0].detect-multiplier OutOfRange: from 2 to 255"] },
        { "a TTL of 255", "bfd-profiles: [{name: b, minimum-ttl: 255}]", ["1:39 bfd-profiles[0].minimum-ttl OutOfRange: from 1 to 254"] },
        { "a TTL of zero", "bfd-profiles: [{name: b, minimum-ttl: 0}]", ["1:39 bfd-profiles[0].minimum-ttl OutOfRange: from 1 to 254"] },
        { "a mode that is a list", "bfd-profiles: [{name: b, passive-mode: []}]", ["1:40 bfd-profiles[0].passive-mode WrongType: found a list; expected true or false"] },
    };

    // Rule; text; what it means, a line for each part.
    public static TheoryData<string, string, string> Accepted => new()
    {
        { "an empty text", "", "" },
        { "only a comment", "# nothing yet\n", "" },
        { "nothing under every key", "address-pools:\npeers: ~\nbgp-communities: null\nbfd-profiles: []\n", "" },
        { "a pool with all defaults", Addresses("10.0.0.7/24"), "pool p layer2 10.0.0.0/24 False True " },
        { "both families and both forms in one pool", Addresses("'2001:db8::1-2001:db8::2', 10.0.0.0/31, 10.0.0.2-10.0.0.2"), "pool p layer2 2001:db8::1/128 2001:db8::2/128 10.0.0.0/31 10.0.0.2/32 False True " },
        { "blanks around the dash", Addresses("10.0.0.0  -  10.0.0.1"), "pool p layer2 10.0.0.0/31 False True " },
        { "neighbours without overlap", Addresses("10.0.0.1-10.0.0.1, 10.0.0.2-10.0.0.3, 10.0.0.0/32"), "pool p layer2 10.0.0.1/32 10.0.0.2/31 10.0.0.0/32 False True " },
        { "truth values of YAML 1.1", Pool("name: p, protocol: layer2, addresses: [10.0.0.0/24], auto-assign: off, avoid-buggy-ips: Yes"), "pool p layer2 10.0.0.0/24 True False " },
        { "a number as a name", Pool("name: 123, protocol: layer2, addresses: [10.0.0.0/24]"), "pool 123 layer2 10.0.0.0/24 False True " },
        { "a truth value as a name", Pool("name: yes, protocol: layer2, addresses: [10.0.0.0/24]"), "pool yes layer2 10.0.0.0/24 False True " },
        { "an empty list of advertisements on layer2", Pool("name: p, protocol: layer2, addresses: [10.0.0.0/24], bgp-advertisements: []"), "pool p layer2 10.0.0.0/24 False True " },
        { "a BGP pool has one advertisement without saying so", Pool("name: p, protocol: bgp, addresses: [10.0.0.0/24]"), "pool p bgp 10.0.0.0/24 False True 32/128/0/" },
        { "an empty advertisement", Pool("name: p, protocol: bgp, addresses: [10.0.0.0/24], bgp-advertisements: [~]"), "pool p bgp 10.0.0.0/24 False True 32/128/0/" },
        { "an IPv4 aggregate says nothing about an IPv6 prefix", "address-pools: [{name: p, protocol: bgp, addresses: ['2001:db8::/48'], bgp-advertisements: [{aggregation-length: 8}]}]", "pool p bgp 2001:db8::/48 False True 8/128/0/" },
        { "an aggregate as wide as the prefix", Advertised("aggregation-length: 24"), "pool p bgp 10.0.0.0/24 False True 24/128/0/" },
        { "a community that looks like a time of day stays text", "bgp-communities: {x: 64512:30}\n" + Advertised("communities: [x, 1:59]"), "pool p bgp 10.0.0.0/24 False True 32/128/0/1:59,64512:30" },
        { "a name and its value come to one community", "bgp-communities: {x: 1:2}\n" + Advertised("communities: [x, '1:2']"), "pool p bgp 10.0.0.0/24 False True 32/128/0/1:2" },
        { "advertisements that only come to the same are one", "bgp-communities: {x: 1:2}\n" + Advertised("communities: [x]}, {communities: ['1:2']"), "pool p bgp 10.0.0.0/24 False True 32/128/0/1:2" },
        { "numbers as YAML 1.1 writes them", "peers: [{my-asn: 0x2A, peer-asn: 0o52, peer-address: 1.2.3.4, peer-port: 1_179}, {my-asn: 052, peer-asn: +43, peer-address: 1.2.3.4, peer-port: 0b1011}]",
            "peer 42 42 1.2.3.4  1179 90 30  <everything>   False\npeer 42 43 1.2.3.4  11 90 30  <everything>   False" },
        { "port zero is the default port", Peer("peer-port: 0"), "peer 1 2 1.2.3.4  179 90 30  <everything>   False" },
        { "times are cut to whole seconds", Peer("hold-time: 3900ms, keepalive-time: 1.9s"), "peer 1 2 1.2.3.4  179 3 1  <everything>   False" },
        { "a keepalive time is a third of the hold time", Peer("hold-time: 1m30s"), "peer 1 2 1.2.3.4  179 90 30  <everything>   False" },
        { "a hold time of zero", Peer("hold-time: 0"), "peer 1 2 1.2.3.4  179 0 0  <everything>   False" },
        { "the longest hold time", Peer("hold-time: 65535s"), "peer 1 2 1.2.3.4  179 65535 21845  <everything>   False" },
        { "a selector with nothing in it selects every node", Selected(""), "peer 1 2 1.2.3.4  179 90 30  <everything>   False" },
        { "selectors in Kubernetes' own words", Selected("match-labels: {z: '1', a.b/c: ''}, match-expressions: [{key: m, operator: NotIn, values: [y, x, y]}, {key: k, operator: DoesNotExist}, {key: e, operator: Exists}]}, {match-expressions: [{key: m, operator: In, values: [q]}]"),
            "peer 1 2 1.2.3.4  179 90 30  a.b/c=,e,!k,m notin (x,y),z=1;m in (q)   False" },
        { "what only one of MetalLB's BGP modes accepts is accepted together",
            "peers: [{my-asn: 1, peer-asn: 2, peer-address: 1.2.3.4, router-id: 1.1.1.1, bfd-profile: b, keepalive-time: 9s}, {my-asn: 3, peer-asn: 2, peer-address: 1.2.3.4, router-id: 2.2.2.2}]\n"
            + "bfd-profiles: [{name: b}]\naddress-pools: [{name: p, protocol: bgp, addresses: ['2001:db8::/64']}]",
            "peer 1 2 1.2.3.4  179 90 9 1.1.1.1 <everything>  b False\npeer 3 2 1.2.3.4  179 90 30 2.2.2.2 <everything>   False\npool p bgp 2001:db8::/64 False True 32/128/0/\nbfd b 300 300 3 50 False False 254" },
        { "keys taken over from an anchor", "address-pools:\n- &lan {name: a, protocol: layer2, auto-assign: no, addresses: [10.0.0.0/24]}\n- {<<: *lan, name: b, addresses: [10.0.1.0/24]}",
            "pool a layer2 10.0.0.0/24 False False \npool b layer2 10.0.1.0/24 False False " },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void Is_refused_at_its_place(string rule, string text, string[] errors)
    {
        var result = ConfigMapSource.Read(text, "config");
        Assert.True(result is ConfigurationResult.Invalid, rule + " is accepted");
        var found = ((ConfigurationResult.Invalid)result).Errors;
        Assert.True(errors.Length == found.Count, $"{rule}: {errors.Length} errors expected, found:\n{string.Join('\n', found)}");
        foreach (var (expected, error) in errors.Zip(found))
        {
            var colon = expected.IndexOf(": ", StringComparison.Ordinal);
            Assert.Equal(expected[..colon], $"{error.Line}:{error.Column} {error.Path} {error.Fault}");
            Assert.Contains(expected[(colon + 2)..], error.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Accepted))]
    public void Is_accepted_and_means(string rule, string text, string meaning)
    {
        var result = ConfigMapSource.Read(text, "config");
        Assert.True(result is ConfigurationResult.Valid, $"{rule}: {string.Join('\n', (result as ConfigurationResult.Invalid)?.Errors ?? [])}");
        Assert.Equal(meaning, ((ConfigurationResult.Valid)result).Configuration.Describe());
    }

    private static string Pool(string keys) => $"address-pools: [{{{keys}}}]";

    private static string Addresses(string addresses) => Pool($"name: p, protocol: layer2, addresses: [{addresses}]");

    private static string Advertised(string keys) => Pool($"name: p, protocol: bgp, addresses: [10.0.0.0/24], bgp-advertisements: [{{{keys}}}]");

    private static string Peer(string keys) => $"peers: [{{my-asn: 1, peer-asn: 2, peer-address: 1.2.3.4, {keys}}}]";

    private static string Selected(string keys) => Peer($"node-selectors: [{{{keys}}}]");
}
