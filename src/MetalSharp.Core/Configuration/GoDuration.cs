namespace MetalSharp.Configuration;

/// <summary>
/// Durations as Go writes and reads them, which is how Kubernetes and MetalLB write theirs: <c>90s</c>, <c>1m30s</c>, <c>1.5h</c>, <c>-250ms</c>.
/// The grammar, the overflow rules and the rounding of fractions are those of Go's <c>time.ParseDuration</c>.
/// </summary>
public static class GoDuration
{
    private const ulong Limit = 1UL << 63;

    /// <summary>Reads a duration of -2^63 + 1 to 2^63 - 1 nanoseconds.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out long nanoseconds)
    {
        nanoseconds = 0;
        var rest = text;
        var negative = false;
        if (rest is ['-' or '+', ..])
        {
            negative = rest[0] == '-';
            rest = rest[1..];
        }

        if (rest is "0")
            return true;
        if (rest.IsEmpty)
            return false;
        ulong total = 0;
        while (!rest.IsEmpty)
        {
            if (!TryReadTerm(ref rest, out var term))
                return false;
            total += term;
            if (total > Limit)
                return false;
        }

        if (total >= Limit)
            return negative && total == Limit && SetLowest(out nanoseconds);
        nanoseconds = negative ? -(long)total : (long)total;
        return true;
    }

    /// <summary>Reads a duration; what is finer than the 100 ns of a <see cref="TimeSpan"/> is cut off.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out TimeSpan duration)
    {
        var read = TryParse(text, out long nanoseconds);
        duration = new TimeSpan(nanoseconds / TimeSpan.NanosecondsPerTick);
        return read;
    }

    private static bool SetLowest(out long nanoseconds)
    {
        nanoseconds = long.MinValue;
        return true;
    }

    private static bool TryReadTerm(ref ReadOnlySpan<char> rest, out ulong term)
    {
        term = 0;
        if (!TryReadWhole(ref rest, out var whole, out var wholeDigits))
            return false;
        ulong fraction = 0;
        var scale = 1.0;
        var fractionDigits = 0;
        if (rest is ['.', ..])
        {
            rest = rest[1..];
            (fraction, scale, fractionDigits) = ReadFraction(ref rest);
        }

        if (wholeDigits + fractionDigits == 0)
            return false;
        var unitLength = rest.IndexOfAnyInRange('0', '9') is var digit and >= 0 ? digit : rest.Length;
        if (rest[..unitLength].IndexOf('.') is var dot and >= 0)
            unitLength = dot;
        if (Unit(rest[..unitLength]) is not { } unit)
            return false;
        rest = rest[unitLength..];
        if (whole > Limit / unit)
            return false;
        term = whole * unit;
        if (fraction > 0)
            term += (ulong)(fraction * (unit / scale));
        return term <= Limit;
    }

    private static bool TryReadWhole(ref ReadOnlySpan<char> rest, out ulong value, out int digits)
    {
        value = 0;
        digits = 0;
        while (digits < rest.Length && char.IsAsciiDigit(rest[digits]))
        {
            if (value > Limit / 10)
                return false;
            value = value * 10 + (ulong)(rest[digits] - '0');
            if (value > Limit)
                return false;
            digits++;
        }

        rest = rest[digits..];
        return true;
    }

    // Digits beyond what fits are read and make no difference, as in Go.
    private static (ulong Value, double Scale, int Digits) ReadFraction(ref ReadOnlySpan<char> rest)
    {
        ulong value = 0;
        var scale = 1.0;
        var digits = 0;
        var full = false;
        while (digits < rest.Length && char.IsAsciiDigit(rest[digits]))
        {
            var next = full || value > (Limit - 1) / 10 ? ulong.MaxValue : value * 10 + (ulong)(rest[digits] - '0');
            digits++;
            full = next > Limit;
            if (full)
                continue;
            value = next;
            scale *= 10;
        }

        rest = rest[digits..];
        return (value, scale, digits);
    }

    private static ulong? Unit(ReadOnlySpan<char> name) => name switch
    {
        "ns" => 1,
        "us" or "\u00b5s" or "\u03bcs" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        _ => null,
    };
}
