namespace Virtualization.Binder;

/// <summary>How a session carries descriptors (RpcSession::FileDescriptorTransportMode).</summary>
public enum RpcFileDescriptors
{
    /// <summary>Not at all.</summary>
    None = 0,

    /// <summary>As SCM_RIGHTS of a Unix socket; needs protocol version 1.</summary>
    Unix = 1,
}
