using Kvm.Interop;

namespace Vmm.Outcome;

/// <summary>What is said about an exception that reached the top, and how the process ends.</summary>
/// <param name="Line">One line, without the program's name.</param>
/// <param name="ExitCode">How the process ends.</param>
/// <param name="IsBug">The failure was not foreseen: the stack is worth printing at <c>--log-level debug</c>.</param>
public sealed record FailureReport(string Line, ExitCode ExitCode, bool IsBug)
{
    /// <summary>The report for <paramref name="exception"/>.</summary>
    public static FailureReport For(Exception exception) => exception switch
    {
        VmmException known => new(known.Message, known.ExitCode, IsBug: false),
        LinuxException linux => new(linux.Message, ExitCode.Error, IsBug: false),
        IOException or UnauthorizedAccessException => new($"input or output failed: {OneLine(exception.Message)}", ExitCode.Error, IsBug: false),
        OutOfMemoryException => new("the host has not enough memory for this", ExitCode.Error, IsBug: false),
        _ => new($"this is a bug in vmm: {exception.GetType().Name}: {OneLine(exception.Message)}", ExitCode.Error, IsBug: true),
    };

    private static string OneLine(string text) => text.ReplaceLineEndings(" ");
}
