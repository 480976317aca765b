namespace MetalSharp.Configuration;

/// <summary>Finds the word somebody meant.</summary>
internal static class NearMiss
{
    private const int MostWords = 1_000;

    /// <summary>The word that differs least from <paramref name="text"/>, or null where none is near enough to be meant.</summary>
    public static string? Of(string text, IEnumerable<string> words)
    {
        var plain = Plain(text);
        if (plain.Length is 0 or > 64)
            return null;
        string? best = null;
        // One slip in three letters is a typing error; more is another word.
        var bestDistance = Math.Min(3, plain.Length / 3) + 1;
        foreach (var word in words.Take(MostWords))
        {
            var distance = Distance(plain, Plain(word), bestDistance);
            if (distance < bestDistance)
                (best, bestDistance) = (word, distance);
        }

        return best;
    }

    // camelCase, snake_case and kebab-case of one word are the same word.
    private static string Plain(string text) =>
        text.Replace("-", "", StringComparison.Ordinal).Replace("_", "", StringComparison.Ordinal).ToLowerInvariant();

    // Insertions, deletions, substitutions and swapped neighbours (optimal string alignment).
    private static int Distance(string a, string b, int enough)
    {
        if (Math.Abs(a.Length - b.Length) >= enough)
            return enough;
        var rows = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
            rows[i, 0] = i;
        for (var j = 0; j <= b.Length; j++)
            rows[0, j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            for (var j = 1; j <= b.Length; j++)
            {
                var substitution = rows[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                var least = Math.Min(substitution, Math.Min(rows[i - 1, j], rows[i, j - 1]) + 1);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    least = Math.Min(least, rows[i - 2, j - 2] + 1);
                rows[i, j] = least;
            }
        }

        return rows[a.Length, b.Length];
    }
}
