using System.Text.RegularExpressions;
using MetalSharp.Configuration;
using MetalSharp.Resources;

namespace MetalSharp.Tests.Configuration;

/// <summary>What docs/configuration.md says and what the reader does are the same.</summary>
public sealed partial class ConfigurationDocumentTests
{
    // One of everything, each key on a line of its own, so that a row's example can take a line's place.
    private const string Everything = """
        address-pools:
        - name: p
          protocol: bgp
          addresses: [192.0.2.0/24]
          auto-assign: true
          avoid-buggy-ips: false
          reuse-after: 1s
          bgp-advertisements:
          - aggregation-length: 32
            aggregation-length-v6: 128
            localpref: 1
            communities: [no-export]
        bgp-communities: {no-export: 1:1}
        peers:
        - my-asn: 1
          peer-asn: 2
          peer-address: 192.0.2.3
          source-address: 192.0.2.4
          peer-port: 1
          hold-time: 90s
          keepalive-time: 1s
          router-id: 192.0.2.5
          node-selectors:
          - match-labels: {a: b}
            match-expressions:
            - key: a
              operator: NotIn
              values: [b]
          password: s
          bfd-profile: fast
          ebgp-multihop: false
        bfd-profiles:
        - name: fast
          receive-interval: 10
          transmit-interval: 10
          detect-multiplier: 2
          echo-interval: 10
          echo-mode: false
          passive-mode: false
          minimum-ttl: 1
        """;

    public static TheoryData<string, string, string> Rows
    {
        get
        {
            var rows = new TheoryData<string, string, string>();
            foreach (var line in File.ReadLines(Path.Combine(SharedCases.RepositoryRoot(), "docs", "configuration.md")))
            {
                if (Row().Match(line) is { Success: true } row)
                    rows.Add(row.Groups["key"].Value, row.Groups["default"].Value, row.Groups["example"].Value);
            }

            return rows;
        }
    }

    [Fact]
    public void The_table_has_a_row_for_every_key_and_no_other() =>
        Assert.Equal(ConfigMapKeys.All.Order(StringComparer.Ordinal), Rows.Select(row => row.Data.Item1).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Rows))]
    public void The_example_of_a_row_is_accepted_in_its_place(string key, string defaultValue, string example)
    {
        _ = defaultValue;
        // The pool of the whole text is a BGP one; the row about layer2 takes its advertisements away.
        var text = example == "layer2" ? With(Everything, "address-pools[].bgp-advertisements", "") : Everything;
        // A new list of profiles must go on naming the one that the peer uses, so the example of the name does.
        text = With(text, key, example);
        Assert.True(ConfigMapSource.Read(text, "f") is ConfigurationResult.Valid, $"{text}\n{string.Join('\n', (ConfigMapSource.Read(text, "f") as ConfigurationResult.Invalid)?.Errors ?? [])}");
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void A_default_that_is_written_out_means_the_same_as_leaving_the_key_out(string key, string defaultValue, string example)
    {
        _ = example;
        if (!defaultValue.StartsWith('`'))
            return;
        Assert.Equal(ConfigMapSource.Read(With(Everything, key, ""), "f"), ConfigMapSource.Read(With(Everything, key, defaultValue.Trim('`')), "f"));
        Assert.IsType<ConfigurationResult.Valid>(ConfigMapSource.Read(With(Everything, key, ""), "f"));
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void Every_key_is_read(string key, string defaultValue, string example)
    {
        _ = (defaultValue, example);
        // No key can be a list in a list.
        var errors = Assert.IsType<ConfigurationResult.Invalid>(ConfigMapSource.Read(With(Everything, key, "[[[]]]"), "f")).Errors;
        Assert.Contains(errors, error => error.Path.StartsWith(key.Replace("[]", "[0]", StringComparison.Ordinal), StringComparison.Ordinal));
    }

    [Fact]
    public void A_required_key_is_required()
    {
        foreach (var row in Rows.Where(row => row.Data.Item2 == "required"))
        {
            var errors = Assert.IsType<ConfigurationResult.Invalid>(ConfigMapSource.Read(With(Everything, row.Data.Item1, ""), "f")).Errors;
            Assert.Contains(errors, error => error.Fault == ConfigurationFault.Missing && error.Path == row.Data.Item1.Replace("[]", "[0]", StringComparison.Ordinal));
        }
    }

    /// <summary>The text with another value at the key: its line, and the deeper lines that follow.</summary>
    private static string With(string text, string key, string value)
    {
        var lines = text.Split('\n').ToList();
        var (at, depth) = (0, -1);
        foreach (var part in key.Split('.'))
        {
            var name = part.Replace("[]", "", StringComparison.Ordinal);
            at = lines.FindIndex(at, line => line.TrimStart(' ', '-').StartsWith(name + ":", StringComparison.Ordinal) && Depth(line) > depth);
            depth = Depth(lines[at]);
        }

        var after = at + 1;
        while (after < lines.Count && (Depth(lines[after]) > depth || (lines[after].AsSpan().TrimStart().StartsWith("- ") && lines[after].Length - lines[after].TrimStart().Length >= depth)))
            after++;
        lines[at] = lines[at][..(lines[at].IndexOf(':') + 1)] + " " + value;
        lines.RemoveRange(at + 1, after - at - 1);
        return string.Join('\n', lines);
    }

    // Where the key begins: a dash is part of the indentation.
    private static int Depth(string line) => line.Length - line.TrimStart(' ', '-').Length;

    [GeneratedRegex(@"^\| `(?<key>[^`]+)` \| [^|]+ \| (?<default>[^|]+?) \| [^|]*\| `(?<example>[^|]+)` \|$")]
    private static partial Regex Row();
}
