namespace BootLoader.Zip;

/// <summary>An archive that cannot be read or made.</summary>
/// <param name="message">One line: what is wrong, the value seen, the limit.</param>
/// <param name="cause">The failure below, if any.</param>
public sealed class ZipException(string message, Exception? cause = null) : Exception(message, cause);
