namespace BootLoader.AndroidBoot;

/// <summary>A boot image that cannot be read or made.</summary>
/// <param name="message">One line: what is wrong, the value seen, what is possible.</param>
public sealed class AndroidBootException(string message) : Exception(message);
