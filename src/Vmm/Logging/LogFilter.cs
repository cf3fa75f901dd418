using Vmm.Outcome;

namespace Vmm.Logging;

/// <summary>Which messages are written: a level for all, and levels for parts of the program (<c>info,disk=warn</c>).</summary>
public sealed class LogFilter
{
    private readonly LogLevel _default;
    private readonly (string Part, LogLevel Level)[] _parts;

    private LogFilter(LogLevel level, (string Part, LogLevel Level)[] parts) => (_default, _parts) = (level, parts);

    /// <summary>Warnings, errors and steps: what <c>vmm</c> writes when nothing else is asked for.</summary>
    public static LogFilter Default { get; } = new(LogLevel.Info, []);

    /// <summary>Reads <c>--log-level</c>: levels separated by commas, a later one replaces an earlier one.</summary>
    /// <exception cref="InvalidOptionException">A level that does not exist.</exception>
    public static LogFilter Parse(string text)
    {
        var level = LogLevel.Info;
        var parts = new List<(string, LogLevel)>();
        foreach (var item in text.Split(','))
        {
            if (item.Split('=', 2) is [var part, var partLevel])
            {
                parts.RemoveAll(entry => entry.Item1 == part);
                parts.Add((part, ParseLevel(partLevel)));
            }
            else
            {
                level = ParseLevel(item);
            }
        }

        return new LogFilter(level, [.. parts]);
    }

    /// <summary>Whether a message of <paramref name="part"/> at <paramref name="level"/> is written. Allocates nothing.</summary>
    public bool Allows(string part, LogLevel level)
    {
        foreach (var (name, limit) in _parts)
        {
            if (name == part)
            {
                return level <= limit;
            }
        }

        return level <= _default;
    }

    private static LogLevel ParseLevel(string text) => text switch
    {
        "off" => LogLevel.Off,
        "error" => LogLevel.Error,
        "warn" => LogLevel.Warn,
        "info" => LogLevel.Info,
        "debug" => LogLevel.Debug,
        "trace" => LogLevel.Trace,
        _ => throw new InvalidOptionException($"--log-level: '{text}' is none of off, error, warn, info, debug, trace"),
    };
}
