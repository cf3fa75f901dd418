namespace BootLoader.Verity;

/// <summary>A hash tree that cannot be made.</summary>
/// <param name="message">One line: the value seen and what is possible.</param>
public sealed class VerityException(string message) : Exception(message);
