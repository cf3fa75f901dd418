namespace BootLoader.Apex;

/// <summary>An APEX that is refused or cannot be made.</summary>
/// <param name="message">One line: what is wrong, the value seen, what is possible.</param>
/// <param name="cause">The failure below, if any.</param>
public sealed class ApexException(string message, Exception? cause = null) : Exception(message, cause);
