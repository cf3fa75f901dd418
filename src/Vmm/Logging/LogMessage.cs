using System.Runtime.CompilerServices;

namespace Vmm.Logging;

/// <summary>A message that is put together only if it will be written.</summary>
[InterpolatedStringHandler]
public ref struct LogMessage
{
    private DefaultInterpolatedStringHandler _text;

    /// <summary>Called by the compiler for an interpolated string given to <see cref="Log.Write"/>.</summary>
    /// <param name="literalLength">The length of the fixed parts, in characters.</param>
    /// <param name="formattedCount">The number of holes.</param>
    /// <param name="level">The message's level.</param>
    /// <param name="part">The part of the program that speaks.</param>
    /// <param name="isEnabled">False: no hole is evaluated.</param>
    public LogMessage(int literalLength, int formattedCount, LogLevel level, string part, out bool isEnabled)
    {
        isEnabled = Log.Filter.Allows(part, level);
        IsEnabled = isEnabled;
        _text = isEnabled ? new DefaultInterpolatedStringHandler(literalLength, formattedCount) : default;
    }

    internal bool IsEnabled { get; }

    /// <summary>Appends a fixed part.</summary>
    public void AppendLiteral(string text) => _text.AppendLiteral(text);

    /// <summary>Appends a hole.</summary>
    public void AppendFormatted<T>(T value) => _text.AppendFormatted(value);

    /// <summary>Appends a hole with a format.</summary>
    public void AppendFormatted<T>(T value, string? format) => _text.AppendFormatted(value, format);

    internal string ToStringAndClear() => _text.ToStringAndClear();
}
