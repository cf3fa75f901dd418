namespace Vmm.Outcome;

/// <summary>A wrong command line or a configuration that no host could run (exit status 35).</summary>
/// <param name="message">One line that names the option, the value seen and what is allowed.</param>
public sealed class InvalidOptionException(string message) : VmmException(message, ExitCode.InvalidArguments);
