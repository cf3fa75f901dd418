namespace Virtualization.Binder;

/// <summary>The peer did what the protocol does not allow, or went away in the middle of it: the session ends.</summary>
internal sealed class RpcProtocolException(string message) : Exception(message);
