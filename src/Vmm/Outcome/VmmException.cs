namespace Vmm.Outcome;

/// <summary>A failure that the user can do something about. Its message is one complete line: what was tried, on what, what to do.</summary>
public class VmmException : Exception
{
    /// <summary>A failure that ends the process with <paramref name="exitCode"/>.</summary>
    public VmmException(string message, ExitCode exitCode = ExitCode.Error, Exception? cause = null)
        : base(message, cause) => ExitCode = exitCode;

    /// <summary>How the process ends.</summary>
    public ExitCode ExitCode { get; }
}
