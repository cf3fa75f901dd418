using Kvm.Interop;
using Kvm.Interop.Files;
using Kvm.Interop.Processes;
using Kvm.Interop.Sockets;

namespace Virtualization.Binder;

/// <summary>Serves objects to clients, each in a session of its own.</summary>
public sealed class RpcServer : IDisposable
{
    /// <summary>Clients that have not yet said who they are; more are disconnected.</summary>
    private const int MaxStrangers = 64;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private readonly Dictionary<RpcSessionId, RpcSession> _sessions = [];
    private readonly HashSet<Thread> _threads = [];
    private readonly HashSet<RpcConnection> _strangers = [];
    private readonly HashSet<RpcListener> _listeners = [];
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _sessionsInAll;
    private bool _disposed;

    /// <param name="options">What it offers.</param>
    public RpcServer(RpcServerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxThreads, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.MaxVersion, RpcWire.LatestVersion);
        Options = options;
    }

    /// <summary>Raised on a thread of the pool whenever the last session has ended.</summary>
    public event EventHandler? LastSessionEnded;

    /// <summary>
    /// Done when no client can come any more (every bootstrap socket is closed by its peer, every listener disposed) and the last session has ended, or
    /// the server is disposed.
    /// </summary>
    public Task Completion => _completion.Task;

    /// <summary>Sessions that live.</summary>
    public int SessionCount
    {
        get
        {
            lock (_gate)
            {
                return _sessions.Count;
            }
        }
    }

    internal RpcServerOptions Options { get; }

    /// <summary>Accepts clients on a thread of its own until the listener or the server is disposed. The listener belongs to the server from now on.</summary>
    /// <exception cref="ObjectDisposedException">The server was disposed.</exception>
    public void Serve(RpcListener listener)
    {
        ArgumentNullException.ThrowIfNull(listener);
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            _listeners.Add(listener);
            StartThread(() => AcceptAll(listener), "binder accept");
        }
    }

    /// <summary>Takes connections from a socket pair whose other end a client has: each comes as a descriptor with 4 bytes. The socket is taken over.</summary>
    /// <exception cref="ObjectDisposedException">The server was disposed.</exception>
    public void ServeBootstrap(FileDescriptor socket) => Serve(new BootstrapListener(socket));

    /// <summary>Serves a client by a connection that exists already; it is taken over.</summary>
    /// <exception cref="ObjectDisposedException">The server was disposed.</exception>
    public void ServeConnection(FileDescriptor connection)
    {
        StreamConnection stream = StreamConnection.FromDescriptor(connection);
        lock (_gate)
        {
            if (_disposed)
            {
                stream.Dispose();
                throw new ObjectDisposedException(nameof(RpcServer));
            }

            Welcome(stream);
        }
    }

    /// <summary>Stops accepting, ends every session and waits for the threads, unless called on one of them.</summary>
    public void Dispose()
    {
        RpcSession[] sessions;
        Thread[] threads;
        lock (_gate)
        {
            _disposed = true;
            foreach (RpcListener listener in _listeners)
            {
                listener.Dispose();
            }

            foreach (RpcConnection stranger in _strangers)
            {
                stranger.Dispose();
            }

            sessions = [.. _sessions.Values];
            threads = [.. _threads];
        }

        foreach (RpcSession session in sessions)
        {
            session.End(null);
        }

        if (!RpcSession.t_serves)
        {
            foreach (Thread thread in threads)
            {
                thread.Join(s_patience);
            }
        }

        _completion.TrySetResult();
    }

    /// <summary>A session has ended.</summary>
    internal void Remove(RpcSession session)
    {
        bool last;
        lock (_gate)
        {
            last = _sessions.Remove(new RpcSessionId(session.Id)) && _sessions.Count == 0;
            CompleteIfDone();
        }

        if (last && LastSessionEnded is { } handlers)
        {
            ThreadPool.UnsafeQueueUserWorkItem(_ => Guarded(() => handlers(this, EventArgs.Empty)), null);
        }
    }

    private void AcceptAll(RpcListener listener)
    {
        try
        {
            while (listener.Accept() is { } client)
            {
                lock (_gate)
                {
                    if (_disposed)
                    {
                        client.Dispose();
                        return;
                    }

                    Welcome(client);
                }
            }
        }
        catch (Exception e)
        {
            Options.UnhandledException?.Invoke(e);
        }
        finally
        {
            lock (_gate)
            {
                listener.Dispose();
                _listeners.Remove(listener);
                CompleteIfDone();
            }
        }
    }

    /// <summary>Gives a client a thread, on which it says who it is; under the lock.</summary>
    private void Welcome(StreamConnection client)
    {
        RpcConnection connection = new(client);
        if (_strangers.Count >= MaxStrangers)
        {
            connection.Dispose();
            return;
        }

        _strangers.Add(connection);
        StartThread(() => Meet(connection), "binder");
    }

    private void Meet(RpcConnection connection)
    {
        RpcSession? session = null;
        try
        {
            if (Options.Accept is null || Options.Accept(new CallContext(null, connection.Peer, TransactionFlags.None)))
            {
                session = Join(connection);
            }
            else
            {
                connection.Dispose();
            }
        }
        catch (Exception e)
        {
            connection.Dispose();
            if (e is not (RpcProtocolException or LinuxException or TimeoutException or ObjectDisposedException))
            {
                Options.UnhandledException?.Invoke(e);
            }
        }
        finally
        {
            lock (_gate)
            {
                _strangers.Remove(connection);
                CompleteIfDone();
            }
        }

        session?.Serve(connection);
    }

    /// <summary>Reads what a client wants.</summary>
    /// <returns>The session that this thread is to serve; null when the connection has become the session's to call by.</returns>
    private RpcSession? Join(RpcConnection connection)
    {
        connection.SetDeadline(Options.HandshakeTimeout);
        RpcConnectionHeader header = RpcHandshake.ReadHeader(connection);
        if (header.DescriptorMode != RpcFileDescriptors.None && header.DescriptorMode != Options.FileDescriptors)
        {
            throw new RpcProtocolException($"a client wants descriptors by the means {(byte)header.DescriptorMode}, which this server does not offer");
        }

        bool joins = header.SessionId.Length != 0;
        RpcSession session = joins ? Find(connection, header) : Open(connection, header);
        connection.CarriesDescriptors = header.DescriptorMode != RpcFileDescriptors.None;
        if (header.Incoming)
        {
            session.Offer(connection, Options.MaxReverseConnections);
            return null;
        }

        if (joins && !session.TryAddIncoming(connection))
        {
            throw new RpcProtocolException($"a client wants more connections in a session than its {Options.MaxThreads} threads, or in one that has ended");
        }

        try
        {
            RpcHandshake.ReadInit(connection);
            connection.SetDeadline(null);
            return session;
        }
        catch
        {
            session.RemoveIncoming(connection);
            throw;
        }
    }

    private RpcSession Open(RpcConnection connection, in RpcConnectionHeader header)
    {
        if (header.Incoming)
        {
            throw new RpcProtocolException("a client wants to be called in a session that it has not opened yet");
        }

        byte[] id = new byte[RpcWire.SessionIdSize];
        KernelRandom.Fill(id);
        RpcSession session = RpcSession.OfServer(this, Options, Math.Min(header.Version, Options.MaxVersion), header.DescriptorMode, id, connection.Peer);
        lock (_gate)
        {
            if (_disposed || _sessions.Count >= Options.MaxSessions)
            {
                throw new RpcProtocolException($"there are {_sessions.Count} sessions, and no more are possible");
            }

            if (_sessionsInAll >= Options.MaxSessionsInAll)
            {
                throw new RpcProtocolException($"there have been {_sessionsInAll} sessions, and no more are given");
            }

            _sessionsInAll++;
            _sessions.Add(new RpcSessionId(id), session);
            session.TryAddIncoming(connection);
        }

        try
        {
            RpcHandshake.WriteNewSession(connection, session.Version);
            return session;
        }
        catch
        {
            session.RemoveIncoming(connection);
            throw;
        }
    }

    private RpcSession Find(RpcConnection connection, in RpcConnectionHeader header)
    {
        RpcSession? session;
        lock (_gate)
        {
            _sessions.TryGetValue(new RpcSessionId(header.SessionId), out session);
        }

        if (session is null || session.Peer.Cid != connection.Peer.Cid || session.Peer.Uid != connection.Peer.Uid || !session.IsDescriptorMode(header.DescriptorMode))
        {
            throw new RpcProtocolException("a client wants to join a session that is not its own");
        }

        return session;
    }

    private void StartThread(Action run, string name)
    {
        Thread thread = new(() =>
        {
            try
            {
                run();
            }
            finally
            {
                lock (_gate)
                {
                    _threads.Remove(Thread.CurrentThread);
                }
            }
        })
        { IsBackground = true, Name = name };
        _threads.Add(thread);
        thread.Start();
    }

    /// <summary>Under the lock.</summary>
    private void CompleteIfDone()
    {
        if (_listeners.Count == 0 && _strangers.Count == 0 && _sessions.Count == 0)
        {
            _completion.TrySetResult();
        }
    }

    private void Guarded(Action action)
    {
        try
        {
            action();
        }
        catch (Exception e)
        {
            Options.UnhandledException?.Invoke(e);
        }
    }
}
