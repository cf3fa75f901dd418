namespace Virtualization.Configuration;

/// <summary>What versions of the virtual platform a configuration is for: comparators as Rust's semver writes them, separated by commas.</summary>
/// <remarks>Only the form is checked here, where line and file are known; which version there is, the service knows.</remarks>
internal static class VersionRequirement
{
    private static readonly string[] s_operators = [">=", "<=", ">", "<", "=", "~", "^"];

    /// <summary>Whether a text is a requirement: <c>~1.0</c>, <c>&gt;=1.0, &lt;2</c>, <c>1.*</c>, <c>*</c>.</summary>
    internal static bool IsValid(string text) => text.Split(',').All(static comparator => IsComparator(comparator.Trim()));

    private static bool IsComparator(string text)
    {
        string? symbol = Array.Find(s_operators, symbol => text.StartsWith(symbol, StringComparison.Ordinal));
        string[] numbers = text[(symbol?.Length ?? 0)..].Trim().Split('.');
        int firstWild = Array.FindIndex(numbers, static number => number is "*" or "x" or "X");
        int known = firstWild < 0 ? numbers.Length : firstWild;
        return numbers.Length <= 3
            && (known > 0 || symbol is null)
            && numbers[..known].All(static number => number.Length > 0 && number.All(char.IsAsciiDigit) && int.TryParse(number, out _))
            && numbers[known..].All(static number => number is "*" or "x" or "X");
    }
}
