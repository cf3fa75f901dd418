namespace Vm;

/// <summary>A wrong command line or configuration: nothing was started. The message is one line.</summary>
internal sealed class UsageException(string message, Exception? inner = null) : Exception(message, inner);
