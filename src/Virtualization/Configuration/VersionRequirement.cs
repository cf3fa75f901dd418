namespace Virtualization.Configuration;

/// <summary>What versions of the virtual platform a configuration is for: comparators as Rust's semver writes them, separated by commas.</summary>
public static class VersionRequirement
{
    private static readonly string[] s_operators = [">=", "<=", ">", "<", "=", "~", "^"];

    /// <summary>Whether a text is a requirement: <c>~1.0</c>, <c>&gt;=1.0, &lt;2</c>, <c>1.*</c>, <c>*</c>.</summary>
    public static bool IsValid(string text) => TryParse(text, out _);

    /// <summary>Whether a version meets a requirement. A text that is none is met by nothing.</summary>
    public static bool IsMet(string requirement, Version version)
    {
        ArgumentNullException.ThrowIfNull(version);
        return TryParse(requirement, out List<Comparator> comparators) && comparators.TrueForAll(comparator => comparator.Allows(version));
    }

    private static bool TryParse(string text, out List<Comparator> comparators)
    {
        comparators = [];
        foreach (string part in text.Split(','))
        {
            string rest = part.Trim();
            string? comparison = Array.Find(s_operators, symbol => rest.StartsWith(symbol, StringComparison.Ordinal));
            rest = rest[(comparison?.Length ?? 0)..].Trim();
            string[] numbers = rest.Split('.');
            List<int> fixedNumbers = [];
            bool wild = false;
            foreach (string number in numbers)
            {
                if (number is "*" or "x" or "X")
                {
                    wild = true;
                }
                else if (wild || number.Length == 0 || !number.All(char.IsAsciiDigit) || !int.TryParse(number, out int value))
                {
                    return false;
                }
                else
                {
                    fixedNumbers.Add(value);
                }
            }

            if (numbers.Length > 3 || (fixedNumbers.Count == 0 && comparison is not null))
            {
                return false;
            }

            comparators.Add(new Comparator(comparison ?? (wild ? "=" : "^"), fixedNumbers));
        }

        return true;
    }

    /// <summary>One comparison with the numbers that are given, at most three.</summary>
    private sealed record Comparator(string Operator, IReadOnlyList<int> Numbers)
    {
        public bool Allows(Version version)
        {
            int[] actual = [version.Major, version.Minor, Math.Max(version.Build, 0)];
            int order = Compare(actual, Numbers.Count);
            return Operator switch
            {
                "=" => order == 0,
                ">" => order > 0,
                ">=" => order >= 0,
                "<" => order < 0,
                "<=" => order <= 0,
                "~" => Compare(actual, Math.Min(2, Numbers.Count)) == 0 && order >= 0,
                _ => Compare(actual, Significant()) == 0 && order >= 0,
            };
        }

        /// <summary>How many numbers a caret keeps: up to the first that is not zero.</summary>
        private int Significant()
        {
            for (int i = 0; i < Numbers.Count; i++)
            {
                if (Numbers[i] != 0)
                {
                    return i + 1;
                }
            }

            return Numbers.Count;
        }

        private int Compare(int[] actual, int count)
        {
            for (int i = 0; i < count; i++)
            {
                if (actual[i] != Numbers[i])
                {
                    return actual[i].CompareTo(Numbers[i]);
                }
            }

            return 0;
        }
    }
}
