using System.Text;
using MetalSharp.Configuration;
using MetalSharp.Net;
using MetalSharp.Resources;

namespace MetalSharp.Tests.Configuration;

public sealed class ConfigMapReaderTests
{
    [Fact]
    public void Five_mistakes_are_five_errors_each_with_its_line()
    {
        const string text = """
            address-pools:
            - name: default
              protocol: layer3
              addresses:
              - 192.168.4.1
            - name: default
              protocol: layer2
              adresses: [192.168.5.0/24]
            peers:
            - {my-asn: 64512, peer-asn: 64513, peer-address: 192.168.3.256}
            """;
        Assert.Equal(
            [
                "config.yaml:3:13: error: address-pools[0].protocol: \"layer3\" is no protocol; expected layer2 or bgp",
                "config.yaml:5:5: error: address-pools[0].addresses[0]: \"192.168.4.1\" is a single address; write \"192.168.4.1/32\" for just this one",
                "config.yaml:6:9: error: address-pools[1].name: duplicate pool \"default\"; address-pools[0].name in line 2 bears that name already",
                "config.yaml:8:3: error: address-pools[1].adresses: unknown key `adresses`; did you mean `addresses`?",
                "config.yaml:10:50: error: peers[0].peer-address: \"192.168.3.256\" is not an IP address; expected one like 192.0.2.1 or 2001:db8::1",
            ],
            Errors(text).Select(error => error.ToString()));
    }

    [Fact]
    public void One_text_can_have_every_kind_of_mistake_and_all_are_said()
    {
        const string text = """
            address-pools:
            - name: p
              protocol: layer2
              protocol: bgp
              addresses: [10.0.0.0/24, 10.0.0.7/32, nonsense]
              auto-assign: 3
            - name: p
              color: red
              addresses: [10.1.0.0/24]
            peers:
            - {my-asn: 1, peer-asn: 1, peer-address: 1.2.3.4, peer-port: 70000, ebgp-multihop: yes, bfd-profile: none}
            ---
            """;
        Assert.Equal(Enum.GetValues<ConfigurationFault>(), Errors(text).Select(error => error.Fault).Distinct().Order());
    }

    [Fact]
    public void Equal_texts_in_other_words_are_equal_configurations()
    {
        const string one = """
            bgp-communities: {x: 1:2}
            bfd-profiles: [{name: b}]
            peers: [{my-asn: 1, peer-asn: 2, peer-address: 1.2.3.4, password: s, bfd-profile: b, node-selectors: [{match-labels: {b: "1", a: "2"}}]}]
            address-pools: [{name: p, protocol: bgp, addresses: [10.0.0.0/24], bgp-advertisements: [{communities: [x, "0:9"]}]}]
            """;
        const string other = """
            address-pools:
            - addresses:
              - 10.0.0.0 - 10.0.0.255
              auto-assign: true
              name: "p"
              protocol: bgp
              reuse-after: 1m
              bgp-advertisements:
              - communities: [0:9, 1:2]
                aggregation-length: 32
            peers:
            - my-asn: 0x1
              peer-asn: 2
              peer-address: 1.2.3.4
              peer-port: 179
              hold-time: 90s
              password: s
              bfd-profile: b
              node-selectors: [{match-labels: {a: "2", b: "1"}}]
            bfd-profiles:
            - {name: b, receive-interval: 300, detect-multiplier: 3}
            """;
        Assert.Equal(Valid(one), Valid(other));
        Assert.Equal(Valid(one).GetHashCode(), Valid(other).GetHashCode());
        Assert.NotEqual(Valid(one), Valid(other.Replace("password: s", "password: t", StringComparison.Ordinal)));
        Assert.NotEqual(Valid(one), Valid(other.Replace("10.0.0.255", "10.0.0.254", StringComparison.Ordinal)));
        Assert.Equal(LoadBalancerConfiguration.Empty, Valid(""));
    }

    [Fact]
    public void A_released_address_rests_as_long_as_its_pool_says()
    {
        var pools = Valid("address-pools:\n- {name: a, protocol: layer2, addresses: [10.0.0.0/24], reuse-after: 1h30m}\n- {name: b, protocol: layer2, addresses: [10.0.1.0/24]}\n- {name: c, protocol: layer2, addresses: [10.0.2.0/24], reuse-after: 0}").Pools;
        Assert.Equal([TimeSpan.FromMinutes(90), TimeSpan.FromMinutes(1), TimeSpan.Zero], pools.Select(pool => pool.ReuseAfter));
    }

    [Theory]
    [InlineData("{my-asn: 1, peer-asn: 2, peer-address: 1.2.3.4, password: hunter2}")]
    [InlineData("{my-asn: 1, peer-asn: 2, peer-address: 1.2.3.4, password: hunter2, hold-time: 1s}")]
    [InlineData("{my-asn: 1, peer-asn: 2, peer-address: 1.2.3.4, password: [hunter2]}")]
    [InlineData("{my-asn: 1, peer-asn: 2, peer-address: 1.2.3.4, password: *hunter2}")]
    [InlineData("{my-asn: 1, peer-asn: 2, peer-address: 1.2.3.4, password: !hunter2 x}")]
    [InlineData("{my-asn: 1, peer-asn: 2, peer-address: 1.2.3.4, password: !!hunter2}")]
    [InlineData("{my-asn: 1, peer-asn: 2, peer-address: 1.2.3.4, password: !hunter2!x}")]
    [InlineData("{my-asn: 1, peer-asn: 2, peer-address: 1.2.3.4, password: @hunter2}")]
    [InlineData("{my-asn: 1, peer-asn: 2, peer-address: 1.2.3.4, password: %hunter2}")]
    [InlineData("{my-asn: 1, peer-asn: 2, peer-address: 1.2.3.4, password: \"hunter2}")]
    [InlineData("{my-asn: 1, peer-asn: 2, peer-address: 1.2.3.4, password: \"hunter2\\q\"}")]
    [InlineData("{my-asn: 1, peer-asn: 2, peer-address: 1.2.3.4, password: hunter2hunter2hunter2hunter2hunter2hunter2hunter2hunter2hunter2hunter2hunter2hunter2}")]
    [InlineData("{my-asn: 1, peer-asn: 2, peer-address: 1.2.3.4, pasword: hunter2}")]
    [InlineData("{my-asn: 1, peer-asn: 2, peer-address: 1.2.3.4, password: hunter2, password: hunter2}")]
    [InlineData("hunter2")]
    [InlineData("password hunter2")]
    public void A_password_is_in_no_text_that_anybody_prints(string peer)
    {
        var result = ConfigMapSource.Read($"peers:\n- {peer}\n- {peer}", "config");
        Assert.DoesNotContain("hunter", result.ToString(), StringComparison.Ordinal);
        if (result is ConfigurationResult.Invalid invalid)
            Assert.DoesNotContain(invalid.Errors, error => error.ToString().Contains("hunter", StringComparison.Ordinal));
    }

    [Fact]
    public void A_password_is_there_for_who_asks_for_it()
    {
        var peer = Valid("peers: [{my-asn: 1, peer-asn: 2, peer-address: 1.2.3.4, password: hunter2}]").Peers[0];
        Assert.Equal("hunter2", peer.Password!.Reveal());
        Assert.Equal("***", peer.Password.ToString());
        Assert.Contains("Password = ***", peer.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_peer_is_used_from_the_nodes_that_one_of_its_selectors_matches()
    {
        var peers = Valid("""
            peers:
            - {my-asn: 1, peer-asn: 2, peer-address: 1.2.3.4}
            - {my-asn: 1, peer-asn: 1, peer-address: 1.2.3.5, node-selectors: [{match-labels: {rack: r1}}, {match-expressions: [{key: edge, operator: Exists}]}]}
            """).Peers;
        Assert.Equal([false, true], peers.Select(peer => peer.IsInternal));
        Assert.True(peers[0].IsUsedFrom(new Dictionary<string, string>()));
        Assert.False(peers[1].IsUsedFrom(new Dictionary<string, string>()));
        Assert.True(peers[1].IsUsedFrom(new Dictionary<string, string> { ["rack"] = "r1" }));
        Assert.True(peers[1].IsUsedFrom(new Dictionary<string, string> { ["edge"] = "" }));
    }

    [Fact]
    public void Overlaps_of_random_ranges_are_those_that_comparing_every_pair_finds()
    {
        var random = new Random(20261120);
        for (var round = 0; round < 200; round++)
        {
            var ranges = Enumerable.Range(0, random.Next(2, 20)).Select(_ =>
            {
                var first = (UInt128)random.Next(1, 400);
                return new InetRange(new(IpFamily.IPv4, first), new(IpFamily.IPv4, first + (UInt128)random.Next(0, 30)));
            }).ToList();
            var blocks = ranges.Select(range => new AddressBlock(range.ToString(), range, new(ConfigurationNode.Nothing, DocumentPath.Root))).ToList();
            var found = AddressBlock.Overlaps(blocks).Select(pair => (Math.Min(blocks.FindIndex(b => ReferenceEquals(b, pair.One)), blocks.FindIndex(b => ReferenceEquals(b, pair.Other))),
                Math.Max(blocks.FindIndex(b => ReferenceEquals(b, pair.One)), blocks.FindIndex(b => ReferenceEquals(b, pair.Other))))).Order();
            var expected = from i in Enumerable.Range(0, ranges.Count) from j in Enumerable.Range(i + 1, ranges.Count - i - 1) where ranges[i].Overlaps(ranges[j]) select (i, j);
            Assert.Equal(expected, found);
        }
    }

    [Fact]
    public void As_many_mistakes_as_fit_in_a_text_are_said_in_bounded_time()
    {
        var unknown = new StringBuilder();
        for (var i = 0; unknown.Length < 200_000; i++)
            unknown.Append("adress-pool").Append(i).Append(": 1\n");
        var texts = new[]
        {
            unknown.ToString(),
            "address-pools: [" + string.Concat(Enumerable.Repeat("1,", 50_000)) + "]",
            "address-pools: [{name: p, protocol: layer2, addresses: [" + string.Concat(Enumerable.Repeat("10.0.0.0/8,", 20_000)) + "]}]",
            "bgp-communities: {" + string.Concat(Enumerable.Range(0, 5_000).Select(i => $"no-export-{i}: 1:1,")) + "}\n"
                + "address-pools: [{name: p, protocol: bgp, addresses: [10.0.0.0/8], bgp-advertisements: [{communities: [" + string.Concat(Enumerable.Range(0, 5_000).Select(i => $"no-exporta-{i},")) + "]}]}]",
        };
        foreach (var text in texts)
        {
            var started = System.Diagnostics.Stopwatch.StartNew();
            var errors = Errors(text);
            Assert.InRange(errors.Count, 1_000, 10_001);
            Assert.True(started.Elapsed < TimeSpan.FromSeconds(10), $"{started.Elapsed} for {text[..40]}");
        }

        Assert.StartsWith("and ", Errors(texts[1])[^1].Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("adresses", "addresses")]
    [InlineData("address", "addresses")]
    [InlineData("addreses", "addresses")]
    [InlineData("autoAssign", "auto-assign")]
    [InlineData("auto_assign", "auto-assign")]
    [InlineData("auto-asign", "auto-assign")]
    [InlineData("protcool", "protocol")]
    [InlineData("nmae", "name")]
    [InlineData("bgp-advertisement", "bgp-advertisements")]
    [InlineData("interfaces", null)]
    [InlineData("x", null)]
    [InlineData("", null)]
    public void The_word_that_was_meant_is_the_nearest_one(string written, string? meant) => Assert.Equal(meant, NearMiss.Of(written, ConfigMapKeys.Pool));

    [Fact]
    public void What_a_user_wrote_is_quoted_on_one_printable_line()
    {
        Assert.Equal("\"a\\\"b\\\\c\\u000a\\u0007é\"", Quotation.Of("a\"b\\c\n\aé"));
        Assert.Equal("\"\\ud83d!\"", Quotation.Of("\ud83d!"));
        Assert.Equal("\"\U0001F600\"", Quotation.Of("\U0001F600"));
        Assert.Equal(80 + 5, Quotation.Of(new string('x', 1000)).Length);
        Assert.Equal("`a\\`b`", Quotation.OfKey("a`b"));
    }

    private static LoadBalancerConfiguration Valid(string text) => Assert.IsType<ConfigurationResult.Valid>(ConfigMapSource.Read(text, "config.yaml")).Configuration;

    private static EquatableArray<ConfigurationError> Errors(string text) => Assert.IsType<ConfigurationResult.Invalid>(ConfigMapSource.Read(text, "config.yaml")).Errors;
}
