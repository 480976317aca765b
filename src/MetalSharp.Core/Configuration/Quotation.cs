using System.Globalization;
using System.Text;

namespace MetalSharp.Configuration;

/// <summary>Text of a user as it stands in a message: in quotes, on one line, printable, and not longer than anybody reads.</summary>
internal static class Quotation
{
    private const int Longest = 80;

    public static string Of(string value) => Between('"', value);

    public static string OfKey(string key) => Between('`', key);

    private static string Between(char mark, string text)
    {
        var quoted = new StringBuilder(text.Length + 2).Append(mark);
        var cut = Math.Min(text.Length, Longest);
        for (var i = 0; i < cut; i++)
        {
            var c = text[i];
            var paired = char.IsHighSurrogate(c) ? i + 1 < cut && char.IsLowSurrogate(text[i + 1]) : i > 0 && char.IsHighSurrogate(text[i - 1]);
            if (c == mark || c == '\\')
                quoted.Append('\\').Append(c);
            else if (char.IsControl(c) || c is '\u2028' or '\u2029' || (char.IsSurrogate(c) && !paired))
                quoted.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            else
                quoted.Append(c);
        }

        return quoted.Append(cut < text.Length ? "..." : "").Append(mark).ToString();
    }
}
