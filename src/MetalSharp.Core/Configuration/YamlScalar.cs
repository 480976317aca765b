namespace MetalSharp.Configuration;

/// <summary>
/// What an unquoted scalar means where a number or a truth value is wanted: the rules of the YAML 1.1 reader that ConfigMaps of MetalLB were
/// written for. They are asked only by keys of that type, so that a community like <c>64512:30</c> stays the text it is.
/// </summary>
internal static class YamlScalar
{
    public static bool TryReadBool(string text, out bool value)
    {
        value = text is "true" or "True" or "TRUE" or "yes" or "Yes" or "YES" or "y" or "Y" or "on" or "On" or "ON";
        return value || text is "false" or "False" or "FALSE" or "no" or "No" or "NO" or "n" or "N" or "off" or "Off" or "OFF";
    }

    /// <summary>Reads decimal, <c>0x</c>, <c>0o</c>, <c>0b</c> and <c>0</c>-prefixed octal numbers, all with underscores; saturates far outside of 64 bits.</summary>
    public static bool TryReadWhole(string text, out Int128 value)
    {
        value = 0;
        if (text is not [(>= '0' and <= '9') or '+' or '-', ..])
            return false;
        var digits = text.Replace("_", "", StringComparison.Ordinal).AsSpan();
        var negative = digits[0] == '-';
        if (digits[0] is '+' or '-')
            digits = digits[1..];
        var radix = digits switch
        {
            ['0', 'x' or 'X', ..] => 16,
            ['0', 'o' or 'O', ..] => 8,
            ['0', 'b' or 'B', ..] => 2,
            ['0', _, ..] => 8,
            _ => 10,
        };
        if (radix != 10)
            digits = digits[(char.IsAsciiDigit(digits[1]) ? 1 : 2)..];
        if (digits.IsEmpty)
            return false;
        foreach (var c in digits)
        {
            var digit = char.IsAsciiDigit(c) ? c - '0' : char.IsAsciiHexDigit(c) ? (c | 0x20) - 'a' + 10 : radix;
            if (digit >= radix)
                return false;
            value = Int128.Min(value * radix + digit, ulong.MaxValue);
        }

        if (negative)
            value = -value;
        return true;
    }
}
