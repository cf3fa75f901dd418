namespace BootLoader.Super.Making;

/// <summary>Logical partitions that cannot be laid out.</summary>
/// <param name="message">What is wrong, with the value seen and the limit.</param>
public sealed class SuperException(string message) : Exception(message);
