using System.Runtime.CompilerServices;
using System.Text;

namespace Vmm.Logging;

/// <summary>
/// Messages to standard error, one line each, written with one call so that lines of several threads do not mix. A message below its level
/// costs a comparison and allocates nothing.
/// </summary>
public static class Log
{
    // The raw stream: Console.Error would set up the console, and with it change the terminal's modes behind the guest's back.
    private static readonly Stream s_sink = Console.OpenStandardError();

    // A guest's console puts the terminal into raw mode, where a line feed alone does not return to the left edge. In the
    // normal mode the extra carriage return does nothing.
    private static readonly string s_lineEnd = Console.IsErrorRedirected ? "\n" : "\r\n";

    /// <summary>What is written. Set once, from <c>--log-level</c>, before any thread starts.</summary>
    public static LogFilter Filter { get; set; } = LogFilter.Default;

    /// <summary>Writes <c>vmm: part: message</c>.</summary>
    /// <param name="level">The message's level.</param>
    /// <param name="part">The part of the program that speaks: a word that <c>--log-level</c> can name.</param>
    /// <param name="message">The message, without a line end.</param>
    public static void Write(LogLevel level, string part, [InterpolatedStringHandlerArgument(nameof(level), nameof(part))] ref LogMessage message)
    {
        if (message.IsEnabled)
        {
            WriteLine(level == LogLevel.Warn ? $"warning: {part}: {message.ToStringAndClear()}" : $"{part}: {message.ToStringAndClear()}");
        }
    }

    /// <summary>Writes <c>vmm: line</c> whatever the level; control characters are shown as escapes, so that it stays one line.</summary>
    public static void WriteLine(string line)
    {
        var bytes = Encoding.UTF8.GetBytes($"vmm: {OneLine.From(line)}{s_lineEnd}");
        try
        {
            s_sink.Write(bytes);
        }
        catch (IOException)
        {
            // Nobody reads standard error any more; a VM does not end for that.
        }
    }
}
