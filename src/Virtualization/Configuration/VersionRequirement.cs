using System.Globalization;

namespace VirtualizationService.Configs;

/// <summary>Which versions of the platform a configuration can run on, written as Cargo writes it: <c>~1.0</c>, <c>^1.2.3</c>, <c>>=1.0, &lt;2</c>, <c>1.*</c>.</summary>
public sealed class VersionRequirement
{
    private readonly List<(Version Low, Version High)> _ranges = [];

    private VersionRequirement()
    {
    }

    /// <summary>This platform's version. Source: AVF, android/virtmgr/src/aidl.rs, PLATFORM_VERSION.</summary>
    public static Version Platform { get; } = new(1, 0, 0);

    /// <summary>Reads a requirement.</summary>
    /// <exception cref="RefusedException">It is none.</exception>
    public static VersionRequirement Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        VersionRequirement requirement = new();
        foreach (string part in text.Split(','))
        {
            requirement._ranges.Add(Range(part.Trim(), text));
        }

        return requirement;
    }

    /// <summary>Whether a version of three numbers fulfils it.</summary>
    public bool Matches(Version version) => _ranges.TrueForAll(range => version >= range.Low && version < range.High);

    private static (Version Low, Version High) Range(string part, string whole)
    {
        string sign = new([.. part.TakeWhile(static c => c is '~' or '^' or '=' or '<' or '>')]);
        int[] numbers = Numbers(part[sign.Length..].Trim(), whole, out bool wild);
        Version low = Make(numbers);
        Version end = new(int.MaxValue, 0, 0);
        if (numbers.Length == 0)
        {
            return sign.Length == 0 ? (low, end) : throw Bad(whole);
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
            _ => throw Bad(whole),
        };
    }

    /// <summary>The number that a caret keeps: the first that is not zero, else the last that is written.</summary>
    private static int Caret(int[] numbers)
    {
        int first = Array.FindIndex(numbers, static number => number != 0);
        return first < 0 ? numbers.Length - 1 : first;
    }

    private static int[] Numbers(string text, string whole, out bool wild)
    {
        List<int> numbers = [];
        wild = false;
        foreach (string part in text.Split('.'))
        {
            if (part is "*" or "x" or "X")
            {
                wild = true;
            }
            else if (wild || numbers.Count == 3 || !int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int number) || number == int.MaxValue)
            {
                throw Bad(whole);
            }
            else
            {
                numbers.Add(number);
            }
        }

        return [.. numbers];
    }

    private static Version Make(int[] numbers) => new(numbers.ElementAtOrDefault(0), numbers.ElementAtOrDefault(1), numbers.ElementAtOrDefault(2));

    private static Version Next(int[] numbers, int kept) => Make([.. numbers[..kept], numbers[kept] + 1]);

    private static RefusedException Bad(string text) =>
        new(Refusal.Argument, $"platform_version: '{text}' is no requirement of a version, such as ~1.0");
}
