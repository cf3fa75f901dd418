using Kvm.Interop.Files;

namespace Virtualization.Binder;

/// <summary>What two processes say to each other: their connections, and the objects that they have sent each other.</summary>
public sealed class RpcSession : IDisposable
{
    /// <summary>Raised once, on a thread of the pool, when the session has ended, whoever ended it.</summary>
    public event EventHandler? Ended
    {
        add => throw new NotImplementedException();
        remove => throw new NotImplementedException();
    }

    /// <summary>The object that the server begins with; null when it gives none, or the session was ended before it was asked for.</summary>
    public IBinder? Root => throw new NotImplementedException();

    /// <summary>Whether calls still reach the peer.</summary>
    public bool IsAlive => throw new NotImplementedException();

    /// <summary>The protocol version that both speak.</summary>
    public uint Version => throw new NotImplementedException();

    /// <summary>Why the session has ended; null while it has not, and when this side ended it.</summary>
    public Exception? EndReason => throw new NotImplementedException();

    /// <summary>Connects to a server's Unix socket.</summary>
    /// <exception cref="BinderException">The server refused, or is none.</exception>
    /// <exception cref="Kvm.Interop.LinuxException">Nobody listens.</exception>
    /// <exception cref="TimeoutException">It took longer than the options allow.</exception>
    public static RpcSession ConnectUnix(string path, RpcSessionOptions? options = null) => throw new NotImplementedException();

    /// <summary>Connects to a server over AF_VSOCK.</summary>
    /// <inheritdoc cref="ConnectUnix"/>
    public static RpcSession ConnectVsock(uint cid, uint port, RpcSessionOptions? options = null) => throw new NotImplementedException();

    /// <summary>Connects through the other end of a server's bootstrap socket (<see cref="RpcServer.ServeBootstrap"/>), which is taken over.</summary>
    /// <inheritdoc cref="ConnectUnix"/>
    public static RpcSession ConnectBootstrap(FileDescriptor socket, RpcSessionOptions? options = null) => throw new NotImplementedException();

    /// <summary>Connects by connections that the caller makes.</summary>
    /// <param name="connect">Makes one connected stream socket, which is taken over; called once for each connection.</param>
    /// <param name="options">What to ask for.</param>
    /// <inheritdoc cref="ConnectUnix"/>
    public static RpcSession Connect(Func<FileDescriptor> connect, RpcSessionOptions? options = null) => throw new NotImplementedException();

    /// <summary>Ends the session: closes its connections; calls under way fail with DeadObject; waits for its threads, but not for the calling one.</summary>
    public void Dispose() => throw new NotImplementedException();
}
