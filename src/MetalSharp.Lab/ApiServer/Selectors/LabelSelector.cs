using MetalSharp.Lab.ApiServer.Http;

namespace MetalSharp.Lab.ApiServer.Selectors;

internal enum LabelOperator
{
    In,
    NotIn,
    Exists,
    DoesNotExist,
    GreaterThan,
    LessThan,
}

internal sealed record LabelRequirement(string Key, LabelOperator Operator, IReadOnlyList<string> Values)
{
    public bool Matches(IReadOnlyDictionary<string, string> labels)
    {
        var isPresent = labels.TryGetValue(Key, out var value);
        return Operator switch
        {
            LabelOperator.Exists => isPresent,
            LabelOperator.DoesNotExist => !isPresent,
            LabelOperator.In => isPresent && Values.Contains(value),
            LabelOperator.NotIn => !isPresent || !Values.Contains(value),
            _ => isPresent && long.TryParse(value, out var number) && long.TryParse(Values[0], out var bound)
                && (Operator == LabelOperator.GreaterThan ? number > bound : number < bound),
        };
    }
}

/// <summary>A label selector in the text form of the query: <c>app=web,tier in (a, b),!legacy</c>.</summary>
internal sealed record LabelSelector(IReadOnlyList<LabelRequirement> Requirements)
{
    public static readonly LabelSelector Everything = new([]);

    public bool Matches(IReadOnlyDictionary<string, string> labels)
    {
        foreach (var requirement in Requirements)
        {
            if (!requirement.Matches(labels))
                return false;
        }
        return true;
    }

    public static LabelSelector Parse(string text)
    {
        if (string.IsNullOrWhiteSpace(text))
            return Everything;
        var requirements = new List<LabelRequirement>();
        foreach (var term in SplitTerms(text))
            requirements.Add(ParseTerm(term.Trim(), text));
        return new LabelSelector(requirements);
    }

    // Commas inside parentheses separate values, not terms.
    private static IEnumerable<string> SplitTerms(string text)
    {
        var (depth, start) = (0, 0);
        for (var i = 0; i < text.Length; i++)
        {
            depth += text[i] switch { '(' => 1, ')' => -1, _ => 0 };
            if (text[i] != ',' || depth != 0)
                continue;
            yield return text[start..i];
            start = i + 1;
        }
        yield return text[start..];
    }

    private static LabelRequirement ParseTerm(string term, string whole)
    {
        if (term.Length == 0)
            throw Unparsable(whole, "found ',', expected: identifier");
        if (term[0] == '!')
            return new LabelRequirement(Key(term[1..].Trim(), whole), LabelOperator.DoesNotExist, []);
        if (term.EndsWith(')'))
        {
            var open = term.IndexOf('(', StringComparison.Ordinal);
            var head = open < 0 ? [] : term[..open].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (head is not [var key, "in" or "notin"])
                throw Unparsable(whole, $"found '{term}', expected: in, notin, =, ==, !=, gt, lt");
            var values = term[(open + 1)..^1].Split(',', StringSplitOptions.TrimEntries);
            return new LabelRequirement(Key(key, whole), head[1] == "in" ? LabelOperator.In : LabelOperator.NotIn, values);
        }
        foreach (var (symbol, meaning) in Symbols)
        {
            var at = term.IndexOf(symbol, StringComparison.Ordinal);
            if (at < 0)
                continue;
            var value = term[(at + symbol.Length)..].Trim();
            if (value.AsSpan().ContainsAny(NoValue))
                throw Unparsable(whole, $"found '{value}', expected: a label value");
            return new LabelRequirement(Key(term[..at].Trim(), whole), meaning, [value]);
        }
        return new LabelRequirement(Key(term, whole), LabelOperator.Exists, []);
    }

    private static readonly System.Buffers.SearchValues<char> NoValue = System.Buffers.SearchValues.Create(" ()=!<>");

    private static readonly (string Symbol, LabelOperator Meaning)[] Symbols =
    [
        ("!=", LabelOperator.NotIn), ("==", LabelOperator.In), ("=", LabelOperator.In),
        (">", LabelOperator.GreaterThan), ("<", LabelOperator.LessThan),
    ];

    private static string Key(string key, string whole) =>
        key.Length > 0 && key.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '/')
            ? key
            : throw Unparsable(whole, $"found '{key}', expected: a label key");

    private static ApiException Unparsable(string whole, string why) =>
        ApiException.BadRequest($"unable to parse requirement: {why} (in \"{whole}\")");
}
