namespace Virtualization.Binder;

/// <summary>What a server offers.</summary>
public sealed class RpcServerOptions
{
    /// <summary>The object that a session begins with; asked once a session.</summary>
    public required Func<CallContext, IBinder?> Root { get; init; }

    /// <summary>Threads of a session, each with a connection of the client.</summary>
    public int MaxThreads { get; init; } = 1;

    /// <summary>The newest protocol version to speak: 0 (Android 13), 1 (14, 15), 2 (16).</summary>
    public uint MaxVersion { get; init; } = 2;

    /// <summary>Whether clients may ask for descriptors; those that do not are served in any case.</summary>
    public RpcFileDescriptors FileDescriptors { get; init; }

    /// <summary>Judges each connection by its peer before a byte of it is read; null takes all.</summary>
    public Func<CallContext, bool>? Accept { get; init; }

    /// <summary>What is taken from a client before its session is ended.</summary>
    public RpcLimits Limits { get; init; } = new();

    /// <summary>Sessions at once; further clients are disconnected.</summary>
    public int MaxSessions { get; init; } = 1024;

    /// <summary>Sessions in the server's whole life, those that have ended or failed to begin included; further clients are disconnected. Joining one is free.</summary>
    public long MaxSessionsInAll { get; init; } = long.MaxValue;

    /// <summary>Connections of a session by which the server calls the client.</summary>
    public int MaxReverseConnections { get; init; } = 32;

    /// <summary>How long a client may take to say who it is.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Is told of what a method of this process threw that is no <see cref="BinderException"/>; the caller gets UnknownError.</summary>
    public Action<Exception>? UnhandledException { get; init; }
}
