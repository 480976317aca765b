using System.Globalization;
using System.Text.Json.Nodes;

namespace MetalSharp.Lab.ApiServer.Tables;

/// <summary>
/// The part of JSONPath that printer columns use: members (dotted or quoted in brackets), indexes, <c>[*]</c> and filters
/// of the form <c>[?(@.type=="Ready")]</c>.
/// </summary>
internal sealed class JsonPath
{
    private readonly List<Func<JsonNode?, IEnumerable<JsonNode?>>> _steps = [];

    public IEnumerable<JsonNode?> Select(JsonNode root)
    {
        IEnumerable<JsonNode?> found = [root];
        foreach (var step in _steps)
            found = found.SelectMany(step);
        return found.Where(node => node is not null);
    }

    public static JsonPath Parse(string text)
    {
        var path = new JsonPath();
        var rest = text.AsSpan().Trim();
        if (rest is ['{', .. var inner, '}'])
            rest = inner;
        if (rest.StartsWith("$"))
            rest = rest[1..];
        while (rest.Length > 0)
        {
            if (rest[0] == '[')
            {
                var end = ClosingBracket(rest);
                path._steps.Add(Bracket(rest[1..end].Trim().ToString()));
                rest = rest[(end + 1)..];
                continue;
            }
            rest = rest.TrimStart('.');
            var length = 0;
            var name = new System.Text.StringBuilder();
            // A dot that belongs to the name is escaped: .metadata.annotations.example\.com/key
            for (; length < rest.Length && rest[length] is not ('.' or '['); length++)
            {
                if (rest[length] == '\\' && length + 1 < rest.Length)
                    length++;
                name.Append(rest[length]);
            }
            rest = rest[length..];
            if (name.Length > 0)
                path._steps.Add(Member(name.ToString()));
        }
        return path;
    }

    private static int ClosingBracket(ReadOnlySpan<char> text)
    {
        var depth = 0;
        for (var i = 0; i < text.Length; i++)
        {
            depth += text[i] switch { '[' => 1, ']' => -1, _ => 0 };
            if (depth == 0)
                return i;
        }
        throw new FormatException($"unclosed bracket in JSONPath {text}");
    }

    private static Func<JsonNode?, IEnumerable<JsonNode?>> Member(string name) =>
        name == "*" ? Every : node => node is JsonObject map ? [map[name]] : [];

    private static IEnumerable<JsonNode?> Every(JsonNode? node) => node switch
    {
        JsonArray list => list,
        JsonObject map => map.Select(member => member.Value),
        _ => [],
    };

    private static Func<JsonNode?, IEnumerable<JsonNode?>> Bracket(string content)
    {
        if (content == "*")
            return Every;
        if (content is ['\'' or '"', .. var quoted, '\'' or '"'])
            return Member(quoted);
        if (content.StartsWith("?(", StringComparison.Ordinal) && content.EndsWith(')'))
            return Filter(content[2..^1]);
        if (int.TryParse(content, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var index))
        {
            return node => node is JsonArray list && (index < 0 ? index + list.Count : index) is var at && at >= 0 && at < list.Count
                ? [list[at]]
                : [];
        }
        throw new FormatException($"unrecognized JSONPath part [{content}]");
    }

    private static Func<JsonNode?, IEnumerable<JsonNode?>> Filter(string condition)
    {
        foreach (var symbol in new[] { "==", "!=" })
        {
            var at = condition.IndexOf(symbol, StringComparison.Ordinal);
            if (at < 0)
                continue;
            var left = Parse(condition[..at].Trim().TrimStart('@'));
            var right = condition[(at + 2)..].Trim().Trim('\'', '"');
            return node => Every(node).Where(item =>
                item is not null && left.Select(item).Any(value => value.Display() == right) == (symbol == "=="));
        }
        var exists = Parse(condition.Trim().TrimStart('@'));
        return node => Every(node).Where(item => item is not null && exists.Select(item).Any());
    }
}
