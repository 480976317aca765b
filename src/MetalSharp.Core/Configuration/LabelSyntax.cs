namespace MetalSharp.Configuration;

/// <summary>The key of a Kubernetes label: a name of up to 63 characters, with an optional DNS prefix and a slash before it.</summary>
public readonly record struct LabelKey : IComparable<LabelKey>
{
    private readonly string? _text;

    private LabelKey(string text) => _text = text;

    public string Text => _text ?? "";

    /// <summary>On refusal, <paramref name="expected"/> says what a key looks like.</summary>
    public static bool TryParse(string text, out LabelKey key, out string expected)
    {
        key = default;
        expected = "";
        var slash = text.IndexOf('/');
        var name = text.AsSpan(slash + 1);
        if (slash >= 0 && !LabelSyntax.IsDnsSubdomain(text.AsSpan(0, slash)))
            expected = "the part before \"/\" must be a DNS name: lower-case letters, digits, \"-\" and \".\", at most 253 characters";
        else if (name.IsEmpty)
            expected = "a label key must not be empty";
        else if (!LabelSyntax.IsName(name))
            expected = "a label key is at most 63 letters, digits, \"-\", \"_\" and \".\", and begins and ends with a letter or digit";
        else
            key = new(text);
        return expected.Length == 0;
    }

    /// <inheritdoc cref="TryParse"/>
    /// <exception cref="FormatException">The text is no label key.</exception>
    public static LabelKey Parse(string text) => TryParse(text, out var key, out var expected) ? key : throw new FormatException(expected);

    public int CompareTo(LabelKey other) => string.CompareOrdinal(Text, other.Text);

    public override string ToString() => Text;
}

/// <summary>The value of a Kubernetes label: empty, or a name of up to 63 characters.</summary>
public readonly record struct LabelValue : IComparable<LabelValue>
{
    private readonly string? _text;

    private LabelValue(string text) => _text = text;

    public string Text => _text ?? "";

    /// <summary>On refusal, <paramref name="expected"/> says what a value looks like.</summary>
    public static bool TryParse(string text, out LabelValue value, out string expected)
    {
        value = default;
        expected = "";
        if (text.Length > 0 && !LabelSyntax.IsName(text))
            expected = "a label value is empty or at most 63 letters, digits, \"-\", \"_\" and \".\", and begins and ends with a letter or digit";
        else
            value = new(text);
        return expected.Length == 0;
    }

    /// <inheritdoc cref="TryParse"/>
    /// <exception cref="FormatException">The text is no label value.</exception>
    public static LabelValue Parse(string text) => TryParse(text, out var value, out var expected) ? value : throw new FormatException(expected);

    public int CompareTo(LabelValue other) => string.CompareOrdinal(Text, other.Text);

    public override string ToString() => Text;
}

internal static class LabelSyntax
{
    public static bool IsName(ReadOnlySpan<char> text)
    {
        if (text.Length is 0 or > 63 || !char.IsAsciiLetterOrDigit(text[0]) || !char.IsAsciiLetterOrDigit(text[^1]))
            return false;
        foreach (var c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_' or '.'))
                return false;
        }

        return true;
    }

    // RFC 1123 as Kubernetes reads it; the whole is limited, single labels are not.
    public static bool IsDnsSubdomain(ReadOnlySpan<char> text)
    {
        if (text.Length is 0 or > 253)
            return false;
        foreach (var part in text.Split('.'))
        {
            var label = text[part];
            if (label.IsEmpty || label[0] == '-' || label[^1] == '-')
                return false;
            foreach (var c in label)
            {
                if (!char.IsAsciiLetterLower(c) && !char.IsAsciiDigit(c) && c != '-')
                    return false;
            }
        }

        return true;
    }
}
