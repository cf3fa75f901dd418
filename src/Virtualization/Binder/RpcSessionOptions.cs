namespace Virtualization.Binder;

/// <summary>What a client asks for.</summary>
public sealed class RpcSessionOptions
{
    /// <summary>Calls that may be under way at once: so many connections are opened, or as many as the server has threads for.</summary>
    public int MaxOutgoing { get; init; } = 1;

    /// <summary>Threads, each with a connection, that serve calls of the server outside the client's own calls. Oneway callbacks need one.</summary>
    public int MaxIncoming { get; init; }

    /// <summary>The newest protocol version to use: 0 (Android 13), 1 (14, 15), 2 (16).</summary>
    public uint MaxVersion { get; init; } = 2;

    /// <summary>How descriptors travel.</summary>
    public RpcFileDescriptors FileDescriptors { get; init; }

    /// <summary>How long connecting may take until the session stands; null waits for ever.</summary>
    public TimeSpan? ConnectTimeout { get; init; }

    /// <summary>What is taken from the server before the session is ended.</summary>
    public RpcLimits Limits { get; init; } = new();

    /// <summary>Is told of what a method of this process threw that is no <see cref="BinderException"/>; the caller gets UnknownError.</summary>
    public Action<Exception>? UnhandledException { get; init; }
}
