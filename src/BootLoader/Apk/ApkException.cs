namespace BootLoader.Apk;

/// <summary>An APK, an idsig or a manifest that is refused or cannot be made.</summary>
/// <param name="message">One line: what is wrong, the value seen, what is possible.</param>
/// <param name="cause">The failure below, if any.</param>
public sealed class ApkException(string message, Exception? cause = null) : Exception(message, cause);
