namespace Virtio.Block;

/// <summary>A disk that cannot be used; the message is one line for the user that names the file.</summary>
public sealed class DiskException(string message, Exception? cause = null) : Exception(message, cause);
