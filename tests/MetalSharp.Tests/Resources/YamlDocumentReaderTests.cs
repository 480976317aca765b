using System.Diagnostics;
using MetalSharp.Configuration;
using MetalSharp.Resources;

namespace MetalSharp.Tests.Resources;

public sealed class YamlDocumentReaderTests
{
    [Fact]
    public void Every_node_has_its_line_and_column()
    {
        const string text = """
            # a comment
            a: 1

            "b": [x, 'y',
              {c: z}]
            d:
            - |
              block
            - e: f
            """;
        Assert.Equal(
            """
            2:1 {
              2:1 a = 2:4 1
              4:1 b = 4:6 [
                4:7 x
                4:10 'y'
                5:3 {
                  5:4 c = 5:7 z
                }
              ]
              6:1 d = 7:1 [
                7:3 'block\n'
                9:3 {
                  9:3 e = 9:6 f
                }
              ]
            }

            """,
            Print(Read(text)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n\n")]
    [InlineData("# nothing\n")]
    [InlineData("---\n")]
    [InlineData("---\n...\n")]
    [InlineData("~")]
    [InlineData("null")]
    [InlineData("\uFEFF")]
    public void A_text_with_nothing_in_it_is_nothing(string text) => Assert.True(Assert.IsType<ConfigurationNode.Scalar>(Read(text)).IsNull);

    [Theory]
    [InlineData("x", false)]
    [InlineData("3", false)]
    [InlineData("'3'", true)]
    [InlineData("\"3\"", true)]
    [InlineData("|\n 3", true)]
    [InlineData(">\n 3", true)]
    [InlineData("!!str 3", true)]
    [InlineData("! 3", true)]
    [InlineData("!!int 3", false)]
    public void Only_what_was_written_as_text_is_surely_text(string text, bool isQuoted) => Assert.Equal(isQuoted, Assert.IsType<ConfigurationNode.Scalar>(Read(text)).IsQuoted);

    [Theory]
    [InlineData("")]
    [InlineData("~")]
    [InlineData("null")]
    [InlineData("NULL")]
    public void Nothing_can_be_written_in_some_ways(string value)
    {
        var mapping = Assert.IsType<ConfigurationNode.Mapping>(Read($"a: {value}\nb: '{value}'"));
        Assert.Equal([true, false], mapping.Entries.Select(entry => ((ConfigurationNode.Scalar)entry.Value).IsNull));
    }

    [Fact]
    public void Keys_that_stand_twice_are_both_kept_for_the_reader_to_see() =>
        Assert.Equal("1:1 {\n  1:1 a = 1:4 1\n  2:1 a = 2:4 2\n}\n", Print(Read("a: 1\na: 2")));

    [Fact]
    public void An_alias_is_the_node_it_names_with_the_place_of_that_node() =>
        Assert.Equal("1:1 {\n  1:1 a = 1:4 [\n    1:8 1\n  ]\n  2:1 b = 1:4 [\n    1:8 1\n  ]\n}\n", Print(Read("a: &x [1]\nb: *x")));

    [Fact]
    public void Merged_keys_give_way_to_written_ones_and_to_earlier_ones() =>
        Assert.Equal(
            """
            1:1 {
              1:1 b = 1:4 {
                1:8 x = 1:11 1
                1:14 y = 1:17 1
              }
              2:1 c = 2:4 {
                2:8 y = 2:11 2
                2:14 z = 2:17 2
              }
              3:1 d = 3:4 {
                3:19 z = 3:22 3
                1:8 x = 1:11 1
                1:14 y = 1:17 1
              }
            }

            """,
            Print(Read("b: &b {x: 1, y: 1}\nc: &c {y: 2, z: 2}\nd: {<<: [*b, *c], z: 3}")));

    [Theory]
    [InlineData("a: [b", "2:1 not valid YAML: while parsing a flow sequence")]
    [InlineData("a: 'b", "1:4 not valid YAML: while scanning a quoted scalar, found unexpected end of stream")]
    [InlineData("a: b: c", "1:5 not valid YAML")]
    [InlineData("a:\n  b: 1\n c: 2", "3:2 not valid YAML: while parsing a block mapping, did not find expected key")]
    [InlineData("a: @b", "1:4 not valid YAML: while scanning for the next token, found character that cannot start any token")]
    [InlineData("a:\n\t- b", "2:1 a tab cannot indent; use spaces")]
    [InlineData("a: b\n\tc: d", "2:1 a tab cannot indent; use spaces")]
    [InlineData("a: {b: c\nd: e", "not valid YAML")]
    [InlineData("a: \"\\UFFFFFFFF\" b", "not valid YAML")]
    [InlineData("a: \"\\ud800\"", "1:4 not valid YAML")]
    [InlineData("%YAML 9.9\n---\na", "1:1 not valid YAML")]
    [InlineData("a: 1\n---\nb: 2", "2:1 a second document begins here")]
    [InlineData("a: 1\n...\nb: 2", "3:1 a second document begins here")]
    [InlineData("? [a]\n: b", "1:3 a key must be a single text")]
    [InlineData("a: *b", "1:4 this alias names no anchor")]
    [InlineData("a: &b [*b]", "1:8 this alias names no anchor")]
    [InlineData("a: !b c", "1:4 a tag means nothing here")]
    [InlineData("a: !!binary aGk=", "1:4 a tag means nothing here")]
    [InlineData("a: !!map []", "1:4 a tag means nothing here")]
    [InlineData("<<: 3", "1:1 << takes over the keys of a mapping")]
    [InlineData("a: 1\n\0b: 2", "2:1 the character U+0000 must not stand in a YAML text")]
    [InlineData("a: \u0007", "1:4 the character U+0007")]
    [InlineData("a: \uffff", "1:4 the character U+FFFF")]
    public void What_is_no_YAML_or_more_than_a_configuration_needs_is_said_with_its_place(string text, string expected)
    {
        var errors = YamlDocumentReader.Read(text, "f").Errors;
        Assert.Contains(errors, error => $"{error.Line}:{error.Column} {error.Message}".Contains(expected, StringComparison.Ordinal));
        Assert.All(errors, error => Assert.Equal((ConfigurationFault.Syntax, "f", ""), (error.Fault, error.Source, error.Path)));
    }

    // Not in a table: what carries test data from place to place turns halves of characters into whole ones.
    [Fact]
    public void Half_a_character_is_refused()
    {
        Assert.Equal("f:2:4: error: the character U+D800 must not stand in a YAML text", Assert.Single(YamlDocumentReader.Read("a: 1\nb: \ud800", "f").Errors).ToString());
        Assert.Equal("f:1:4: error: the character U+DC00 must not stand in a YAML text", Assert.Single(YamlDocumentReader.Read("a: \udc00\ud800", "f").Errors).ToString());
    }

    [Fact]
    public void A_quoted_merge_key_is_a_key_like_others() =>
        Assert.Equal("1:1 {\n  1:1 << = 1:7 3\n}\n", Print(Read("'<<': 3")));

    [Fact]
    public void Line_ends_of_other_systems_and_a_byte_order_mark_are_no_mistake()
    {
        Assert.Equal("1:1 {\n  1:1 a = 1:4 1\n  2:1 b = 2:4 2\n}\n", Print(Read("\uFEFFa: 1\r\nb: 2\r\n")));
        Assert.Equal("1:1 {\n  1:1 é = 1:4 \U0001F600\n}\n", Print(Read("é: \U0001F600")));
    }

    public static TheoryData<string, string> Bombs => new()
    {
        { "aliases of aliases", string.Concat(Enumerable.Range(0, 30).Select(i => $"a{i}: &a{i} [{(i == 0 ? "x" : $"*a{i - 1}, *a{i - 1}, *a{i - 1}, *a{i - 1}")}]\n")) },
        { "merges of merges", "m0: &m0 {" + string.Concat(Enumerable.Range(0, 1_000).Select(i => $"k{i}: 1, ")) + "}\n"
            + string.Concat(Enumerable.Range(1, 1_000).Select(i => $"m{i}: &m{i} {{<<: *m{i - 1}}}\n")) },
        { "one large node many times", "a: &a [" + string.Concat(Enumerable.Repeat("x,", 10_000)) + "]\nb: [" + string.Concat(Enumerable.Repeat("*a,", 10_000)) + "]" },
        { "nested lists", new string('[', 100_000) },
        { "nested keys", string.Concat(Enumerable.Repeat("{a: ", 100_000)) },
        { "nested dashes", string.Concat(Enumerable.Repeat("- ", 100_000)) },
        { "nested questions", string.Concat(Enumerable.Repeat("? ", 100_000)) },
        { "nested keys that are lists", string.Concat(Enumerable.Repeat("? - ", 100_000)) },
        { "too much text", new string(' ', 5_000_000) },
    };

    [Theory]
    [MemberData(nameof(Bombs))]
    public void A_text_that_grows_when_read_is_refused_in_no_time(string name, string text)
    {
        var started = Stopwatch.StartNew();
        var document = YamlDocumentReader.Read(text, "f");
        Assert.True(document.Root is null, name);
        Assert.Single(document.Errors);
        Assert.True(started.Elapsed < TimeSpan.FromSeconds(5), $"{name}: {started.Elapsed}");
    }

    [Fact]
    public void Aliases_in_reason_are_fine()
    {
        var text = "a: &a {x: [1, 2, 3]}\nb: [" + string.Concat(Enumerable.Repeat("*a,", 5_000)) + "]";
        Assert.IsType<ConfigurationNode.Mapping>(Read(text));
    }

    private static ConfigurationNode Read(string text)
    {
        var document = YamlDocumentReader.Read(text, "f");
        Assert.Empty(document.Errors);
        return document.Root!;
    }

    private static string Print(ConfigurationNode node, string indent = "")
    {
        var at = $"{node.Line}:{node.Column} ";
        return node switch
        {
            ConfigurationNode.Mapping mapping => at + "{\n"
                + string.Concat(mapping.Entries.Select(entry => $"{indent}  {entry.Key.Line}:{entry.Key.Column} {entry.Key.Text} = {Print(entry.Value, indent + "  ")}")) + indent + "}\n",
            ConfigurationNode.Sequence sequence => at + "[\n" + string.Concat(sequence.Items.Select(item => $"{indent}  {Print(item, indent + "  ")}")) + indent + "]\n",
            ConfigurationNode.Scalar { IsQuoted: true } scalar => $"{at}'{scalar.Text.Replace("\n", "\\n", StringComparison.Ordinal)}'\n",
            ConfigurationNode.Scalar scalar => $"{at}{scalar.Text}\n",
            _ => throw new InvalidOperationException(),
        };
    }
}
