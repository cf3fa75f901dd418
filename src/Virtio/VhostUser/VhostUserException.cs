namespace Virtio.VhostUser;

/// <summary>A back end that does not keep to the vhost-user protocol, is too slow, or is gone; the message is one line that names it.</summary>
public sealed class VhostUserException(string message, Exception? cause = null) : Exception(message, cause);
