using System.Globalization;

namespace Virtualization.Configuration;

/// <summary>Which versions of the platform a configuration can run on, written as Cargo writes it: <c>~1.0</c>, <c>^1.2.3</c>, <c>>=1.0, &lt;2</c>, <c>1.*</c>.</summary>
internal sealed class VersionRequirement
{
    private const int MaxNumbers = 3;

    private readonly List<(Version Low, Version High)> _ranges = [];

    private VersionRequirement()
    {
    }

    /// <summary>This platform's version. Source: AVF, android/virtmgr/src/aidl.rs, PLATFORM_VERSION.</summary>
    internal static Version Platform { get; } = new(1, 0, 0);

    /// <summary>Reads a requirement.</summary>
    /// <returns>Null when it is none.</returns>
    internal static VersionRequirement? Parse(string text)
    {
        VersionRequirement requirement = new();
        foreach (string part in text.Split(','))
        {
            if (Range(part.Trim()) is not { } range)
            {
                return null;
            }

            requirement._ranges.Add(range);
        }

        return requirement;
    }

    /// <summary>Whether a version of three numbers fulfils it.</summary>
    internal bool Matches(Version version) => _ranges.TrueForAll(range => version >= range.Low && version < range.High);

    private static (Version Low, Version High)? Range(string part)
    {
        string sign = new([.. part.TakeWhile(static c => c is '~' or '^' or '=' or '<' or '>')]);
        if (Numbers(part[sign.Length..].Trim(), out bool wild) is not { } numbers)
        {
            return null;
        }

        Version low = Make(numbers);
        Version end = new(int.MaxValue, 0, 0);
        if (numbers.Length == 0)
        {
            return sign.Length == 0 ? (low, end) : null;
        }

        return (wild && sign is "" ? "=" : sign) switch
        {
            "" or "^" => (low, Next(numbers, Caret(numbers))),
            "~" => (low, Next(numbers, Math.Min(1, numbers.Length - 1))),
            "=" => (low, Next(numbers, numbers.Length - 1)),
            ">=" => (low, end),
            ">" => (Next(numbers, numbers.Length - 1), end),
            "<" => (Make([]), low),
            "<=" => (Make([]), Next(numbers, numbers.Length - 1)),
            _ => null,
        };
    }

    /// <summary>The number that a caret keeps: the first that is not zero, else the last that is written.</summary>
    private static int Caret(int[] numbers)
    {
        int first = Array.FindIndex(numbers, static number => number != 0);
        return first < 0 ? numbers.Length - 1 : first;
    }

    private static int[]? Numbers(string text, out bool wild)
    {
        string[] parts = text.Split('.');
        List<int> numbers = [];
        wild = false;
        foreach (string part in parts)
        {
            if (part is "*" or "x" or "X")
            {
                wild = true;
            }
            else if (wild || !int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int number) || number == int.MaxValue)
            {
                return null;
            }
            else
            {
                numbers.Add(number);
            }
        }

        return parts.Length <= MaxNumbers ? [.. numbers] : null;
    }

    private static Version Make(int[] numbers) => new(numbers.ElementAtOrDefault(0), numbers.ElementAtOrDefault(1), numbers.ElementAtOrDefault(2));

    private static Version Next(int[] numbers, int kept) => Make([.. numbers[..kept], numbers[kept] + 1]);
}
