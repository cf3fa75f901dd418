using Kvm.Interop.Files;

namespace Virtualization.Binder;

/// <summary>Serves objects to clients, each in a session of its own.</summary>
public sealed class RpcServer : IDisposable
{
    /// <param name="options">What it offers.</param>
    public RpcServer(RpcServerOptions options) => throw new NotImplementedException();

    /// <summary>Raised on a thread of the pool whenever the last session has ended.</summary>
    public event EventHandler? LastSessionEnded
    {
        add => throw new NotImplementedException();
        remove => throw new NotImplementedException();
    }

    /// <summary>Done when no client can come any more (every bootstrap socket is closed by its peer, every listener disposed) and the last session has ended, or the server is disposed.</summary>
    public Task Completion => throw new NotImplementedException();

    /// <summary>Sessions that live.</summary>
    public int SessionCount => throw new NotImplementedException();

    /// <summary>Accepts clients on a thread of its own until the listener or the server is disposed. The listener belongs to the server from now on.</summary>
    public void Serve(RpcListener listener) => throw new NotImplementedException();

    /// <summary>Takes connections from a socket pair whose other end a client has: each comes as a descriptor with 4 bytes. The socket is taken over.</summary>
    public void ServeBootstrap(FileDescriptor socket) => throw new NotImplementedException();

    /// <summary>Serves a client by a connection that exists already; it is taken over.</summary>
    public void ServeConnection(FileDescriptor connection) => throw new NotImplementedException();

    /// <summary>Stops accepting, ends every session and waits for the threads, but not for the calling one.</summary>
    public void Dispose() => throw new NotImplementedException();
}
