using MetalSharp.Configuration;

namespace MetalSharp.Tests.Configuration;

public sealed class LabelSelectorTests
{
    private static readonly Dictionary<string, string> Labels = new() { ["rack"] = "r1", ["edge"] = "", ["kubernetes.io/arch"] = "arm64" };

    [Theory]
    [InlineData("rack", LabelOperator.Equal, "r1", true)]
    [InlineData("rack", LabelOperator.Equal, "r2", false)]
    [InlineData("edge", LabelOperator.Equal, "", true)]
    [InlineData("absent", LabelOperator.Equal, "", false)]
    [InlineData("kubernetes.io/arch", LabelOperator.In, "amd64 arm64", true)]
    [InlineData("kubernetes.io/arch", LabelOperator.In, "amd64", false)]
    [InlineData("absent", LabelOperator.In, "amd64", false)]
    [InlineData("rack", LabelOperator.NotIn, "r2 r3", true)]
    [InlineData("rack", LabelOperator.NotIn, "r2 r1", false)]
    [InlineData("absent", LabelOperator.NotIn, "r1", true)]
    [InlineData("edge", LabelOperator.Exists, null, true)]
    [InlineData("absent", LabelOperator.Exists, null, false)]
    [InlineData("edge", LabelOperator.DoesNotExist, null, false)]
    [InlineData("absent", LabelOperator.DoesNotExist, null, true)]
    public void Each_operator_matches_as_in_Kubernetes(string key, LabelOperator comparison, string? values, bool matches) =>
        Assert.Equal(matches, Requirement(key, comparison, values).Matches(Labels));

    [Fact]
    public void All_requirements_must_hold()
    {
        var selector = new LabelSelector(Requirement("rack", LabelOperator.Equal, "r1"), Requirement("edge", LabelOperator.Exists, null));
        Assert.True(selector.Matches(Labels));
        Assert.False(selector.Matches(new Dictionary<string, string> { ["rack"] = "r1" }));
        Assert.True(LabelSelector.Everything.Matches(new Dictionary<string, string>()));
    }

    [Fact]
    public void Selectors_that_say_the_same_are_equal_in_whatever_order()
    {
        var one = new LabelSelector(Requirement("b", LabelOperator.In, "y x x"), Requirement("a", LabelOperator.Exists, null));
        var other = new LabelSelector(Requirement("a", LabelOperator.Exists, null), Requirement("b", LabelOperator.In, "x y"), Requirement("a", LabelOperator.Exists, null));
        Assert.Equal(one, other);
        Assert.Equal(one.GetHashCode(), other.GetHashCode());
        Assert.Equal("a,b in (x,y)", other.ToString());
    }

    [Theory]
    [InlineData(LabelOperator.Equal, null)]
    [InlineData(LabelOperator.Equal, "a b")]
    [InlineData(LabelOperator.In, null)]
    [InlineData(LabelOperator.NotIn, null)]
    [InlineData(LabelOperator.Exists, "a")]
    [InlineData(LabelOperator.DoesNotExist, "a")]
    public void A_requirement_with_the_wrong_number_of_values_cannot_be_made(LabelOperator comparison, string? values) =>
        Assert.Throws<ArgumentException>(() => Requirement("a", comparison, values));

    // The limits are those of the Kubernetes documentation on labels.
    [Theory]
    [InlineData("a", true)]
    [InlineData("A-b_c.9", true)]
    [InlineData("example.com/a", true)]
    [InlineData("a-1.b/C", true)]
    [InlineData("63", true)]
    [InlineData("", false)]
    [InlineData("/a", false)]
    [InlineData("a/", false)]
    [InlineData("a/b/c", false)]
    [InlineData("-a", false)]
    [InlineData("a-", false)]
    [InlineData("a b", false)]
    [InlineData("ä", false)]
    [InlineData("Example.com/a", false)]
    [InlineData("a..b/c", false)]
    [InlineData("-a.b/c", false)]
    [InlineData("a_b/c", false)]
    public void Label_keys_are_names_with_an_optional_DNS_prefix(string text, bool valid) => Assert.Equal(valid, LabelKey.TryParse(text, out _, out _));

    [Fact]
    public void Label_keys_and_values_have_a_longest_length()
    {
        Assert.True(LabelKey.TryParse(new string('a', 253) + "/" + new string('b', 63), out _, out _));
        Assert.False(LabelKey.TryParse(new string('a', 254) + "/b", out _, out _));
        Assert.False(LabelKey.TryParse(new string('b', 64), out _, out _));
        Assert.True(LabelValue.TryParse(new string('b', 63), out _, out _));
        Assert.False(LabelValue.TryParse(new string('b', 64), out _, out _));
        Assert.True(LabelValue.TryParse("", out _, out _));
        Assert.False(LabelValue.TryParse("a/b", out _, out _));
    }

    private static LabelRequirement Requirement(string key, LabelOperator comparison, string? values) =>
        new(LabelKey.Parse(key), comparison, values is null ? [] : values.Split(' ').Select(LabelValue.Parse));
}
