namespace BootLoader.Avb.Making;

/// <summary>Something that cannot be made or verified.</summary>
/// <param name="message">One line: what, the value seen, what is possible.</param>
/// <param name="cause">The failure below, if any.</param>
public sealed class AvbException(string message, Exception? cause = null) : Exception(message, cause);
