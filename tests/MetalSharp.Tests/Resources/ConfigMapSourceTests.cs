using System.Diagnostics;
using System.Text;
using MetalSharp.Configuration;
using MetalSharp.Resources;

namespace MetalSharp.Tests.Resources;

public sealed class ConfigMapSourceTests(ITestOutputHelper output)
{
    [Fact]
    public void The_text_under_the_key_is_the_configuration() =>
        Assert.Equal(new ConfigurationResult.Valid(LoadBalancerConfiguration.Empty), ConfigMapSource.Read(new Dictionary<string, string> { ["config"] = "", ["other"] = "]" }, "ns/config"));

    [Fact]
    public void Without_the_key_the_error_names_what_is_there()
    {
        Assert.Equal("ns/config:1:1: error: the ConfigMap has no key `config` under data; it has `Config`, `config.yaml`",
            Error(new Dictionary<string, string> { ["config.yaml"] = "", ["Config"] = "" }));
        Assert.Equal("ns/config:1:1: error: the ConfigMap has no key `config` under data; it has no data at all", Error(null));
        Assert.Equal("ns/config:1:1: error: the ConfigMap has no key `config` under data; it has no data at all", Error(new Dictionary<string, string>()));
    }

    [Fact]
    public void Mistakes_in_the_YAML_and_in_what_it_says_come_in_one_list_in_the_order_of_the_text()
    {
        var invalid = Assert.IsType<ConfigurationResult.Invalid>(ConfigMapSource.Read("adress-pools: []\npeers: !x []\nfoo: 1\n---\n", "f"));
        Assert.Equal([1, 2, 3, 4], invalid.Errors.Select(error => error.Line));
    }

    // Whatever happens to a configuration, it is valid or every error says where: inside the text, in one line, with no exception and without delay.
    [Fact]
    public void Random_changes_of_a_configuration_are_valid_or_located_errors()
    {
        const int seed = 20261120;
        var random = new Random(seed);
        var valid = 0;
        var slowest = TimeSpan.Zero;
        for (var i = 0; i < 4_000; i++)
        {
            var text = Seeds[random.Next(Seeds.Length)];
            for (var changes = random.Next(1, 5); changes > 0; changes--)
                text = Changed(text, random);
            var started = Stopwatch.StartNew();
            ConfigurationResult result;
            try
            {
                result = ConfigMapSource.Read(text, "f");
            }
            catch (Exception escaped)
            {
                throw new InvalidOperationException($"seed {seed}, round {i}: {escaped.GetType()} for\n{text}", escaped);
            }

            slowest = started.Elapsed > slowest ? started.Elapsed : slowest;
            if (result is not ConfigurationResult.Invalid invalid)
            {
                valid++;
                continue;
            }

            var lines = text.Split('\n');
            Assert.NotEmpty(invalid.Errors);
            foreach (var error in invalid.Errors)
            {
                Assert.True(error.Line >= 1 && error.Line <= text.Count(c => c is '\n' or '\r' or '\u0085' or '\u2028' or '\u2029') + 2 && error.Column >= 1 && error.Column <= text.Length + 2,
                    $"seed {seed}, round {i}: {error} is not in\n{text}");
                Assert.DoesNotContain(error.ToString(), c => char.IsControl(c));
            }
        }

        output.WriteLine($"seed {seed}: {valid} of 4000 still valid, slowest {slowest.TotalMilliseconds:F1} ms");
        Assert.InRange(valid, 40, 3_960);
        Assert.True(slowest < TimeSpan.FromSeconds(2), slowest.ToString());
    }

    private static readonly string[] Words =
    [
        "address-pools", "peers", "bgp-communities", "bfd-profiles", "name", "addresses", "protocol", "layer2", "bgp", "10.0.0.0/24", "10.0.0.1-10.0.0.9", "::/0", "0.0.0.0/0",
        "2001:db8::/64", "~", "null", "yes", "off", "0x7fffffff", "-1", "1e9", "1_0", "99999999999999999999999999999", "90s", "-0.5s", "64512:30", "<<", "*a", "&a", "!!str", "!x",
        "[", "]", "{", "}", ": ", "- ", "? ", "| ", "> ", "'", "\"", "#", "%", "@", "`", "\\", "\n", "\r\n", "\t", "\0", "\u0085", "\u2028", "\uFEFF", "\ud800", "\udc00", "\U0001F600", "---\n", "...\n", " ", "  ",
        "\"\\u0000\"", "\"\\xff\"", "\"\\U0010FFFF\"", "aggregation-length: 0", "my-asn: 0", "peer-port: 70000", "node-selectors: [{}]", "match-labels: {a: b}",
    ];

    private static readonly string[] Seeds =
    [
        """
        address-pools:
        - name: default
          protocol: layer2
          addresses:
          - 192.168.3.100-192.168.3.200
          - 2001:db8::/64
          auto-assign: no
          avoid-buggy-ips: true
          reuse-after: 1m30s
        - &second
          name: routed
          protocol: bgp
          addresses: [198.51.100.0/24, 203.0.113.1 - 203.0.113.7]
          bgp-advertisements:
          - {aggregation-length: 32, aggregation-length-v6: 128, localpref: 100, communities: [no-export, 64512:30]}
          - aggregation-length: 29
        bgp-communities:
          no-export: 65535:65281
        """,
        """
        bfd-profiles: [{name: fast, receive-interval: 50, transmit-interval: 50, detect-multiplier: 3, echo-mode: no, echo-interval: 50, passive-mode: off, minimum-ttl: 254}]
        peers:
        - &p
          my-asn: 64512
          peer-asn: 64513
          peer-address: 192.168.3.1
          source-address: 192.168.3.2
          peer-port: 179
          hold-time: 90s
          keepalive-time: 30s
          router-id: 192.168.3.2
          password: "hunter2"
          bfd-profile: fast
          ebgp-multihop: true
          node-selectors:
          - match-labels: {kubernetes.io/arch: arm64}
            match-expressions:
            - {key: rack, operator: NotIn, values: [r1, r2]}
            - {key: edge, operator: Exists}
        - {<<: *p, peer-address: 192.168.3.9}
        """,
    ];

    private static string Changed(string text, Random random)
    {
        var at = random.Next(text.Length + 1);
        var length = Math.Min(random.Next(1, 12), text.Length - at);
        switch (random.Next(8))
        {
            case 0:
                return text[..at];
            case 1:
                return text.Remove(at, length);
            case 2:
                return text.Insert(at, Words[random.Next(Words.Length)]);
            case 3:
                return text.Remove(at, length).Insert(at, Words[random.Next(Words.Length)]);
            case 4:
                return text.Insert(random.Next(text.Length + 1), text.Substring(at, length));
            case 5:
                return text.Remove(at, length).Insert(at, ((char)random.Next(char.MaxValue + 1)).ToString());
            case 6:
                var lines = text.Split('\n');
                var (one, other) = (random.Next(lines.Length), random.Next(lines.Length));
                (lines[one], lines[other]) = (lines[other], lines[one]);
                return string.Join('\n', lines);
            default:
                // A changed byte of the UTF-8 text, as a client that does not check it would hand it over.
                var bytes = Encoding.UTF8.GetBytes(text);
                if (bytes.Length > 0)
                    bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
                return Encoding.UTF8.GetString(bytes);
        }
    }

    private static string Error(IReadOnlyDictionary<string, string>? data) =>
        Assert.Single(Assert.IsType<ConfigurationResult.Invalid>(ConfigMapSource.Read(data, "ns/config")).Errors).ToString();
}
