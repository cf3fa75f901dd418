namespace Vmm.CommandLine;

/// <summary>Finds the word that a mistyped one was meant to be.</summary>
internal static class ClosestName
{
    /// <summary><c>"; did you mean 'X'?"</c>, or nothing when no word is near.</summary>
    public static string Hint(string word, IEnumerable<string> words) => To(word, words) is { } closest ? $"; did you mean '{closest}'?" : "";

    /// <summary>The word with the smallest edit distance, when that is at most a third of the length; null otherwise.</summary>
    public static string? To(string word, IEnumerable<string> words)
    {
        string? closest = null;
        var limit = Math.Max(1, word.Length / 3);
        foreach (var candidate in words)
        {
            // The distance is at least the difference of the lengths: most candidates, and all words of absurd length, need no table.
            if (Math.Abs(candidate.Length - word.Length) > limit)
            {
                continue;
            }

            var distance = Distance(word, candidate);
            if (distance <= limit)
            {
                (closest, limit) = (candidate, distance - 1);
            }
        }

        return closest;
    }

    /// <summary>The number of letters to insert, drop, replace or swap with a neighbour (optimal string alignment distance).</summary>
    private static int Distance(string from, string to)
    {
        var table = new int[from.Length + 1, to.Length + 1];
        for (var i = 0; i <= from.Length; i++)
        {
            for (var j = 0; j <= to.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    table[i, j] = i + j;
                    continue;
                }

                var replaced = table[i - 1, j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1);
                table[i, j] = Math.Min(replaced, Math.Min(table[i - 1, j], table[i, j - 1]) + 1);
                if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1])
                {
                    table[i, j] = Math.Min(table[i, j], table[i - 2, j - 2] + 1);
                }
            }
        }

        return table[from.Length, to.Length];
    }
}
