namespace BootLoader.FsVerity;

/// <summary>A descriptor or a file of fs-verity metadata that is refused.</summary>
/// <param name="message">One line: what is wrong, the value seen, what is possible.</param>
public sealed class FsVerityException(string message) : Exception(message);
