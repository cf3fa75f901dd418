using Kvm.Interop;

namespace Virtualization.Binder;

/// <content>Who uses which connection.</content>
public sealed partial class RpcSession
{
    /// <summary>How long <see cref="Dispose"/> waits for a thread that carries out a call.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    /// <summary>Guards what follows. Taken before that of the nodes, never the other way round.</summary>
    private readonly object _gate = new();

    /// <summary>By which this side calls.</summary>
    private readonly List<RpcConnection> _outgoing = [];

    /// <summary>By which the peer calls, each with a thread that serves it.</summary>
    private readonly List<RpcConnection> _incoming = [];
    private readonly List<Thread> _threads = [];

    /// <summary>Where the search for an idle connection begins: not at one whose peer is busy with a oneway call.</summary>
    private int _next;
    private int _waiters;

    /// <summary>Whether this thread serves a session: it cannot wait for itself.</summary>
    [ThreadStatic]
    internal static bool t_serves;

    /// <summary>Adds a connection by which this side calls.</summary>
    /// <returns>False when there are too many, or the session has ended; the connection is closed then.</returns>
    internal bool AddOutgoing(RpcConnection connection, int limit = int.MaxValue)
    {
        lock (_gate)
        {
            if (!_ended && _outgoing.Count < limit)
            {
                _outgoing.Add(connection);
                Monitor.PulseAll(_gate);
                _watch?.Add(connection);
                return true;
            }
        }

        connection.Dispose();
        return false;
    }

    /// <summary>
    /// Adds a connection by which this side calls, and says so to the peer. A peer that has heard it is called there, so it is one before (as in Android).
    /// </summary>
    internal void Offer(RpcConnection connection, int limit)
    {
        connection.Owner = Environment.CurrentManagedThreadId;
        connection.Uses = 1;
        if (!AddOutgoing(connection, limit))
        {
            return;
        }

        try
        {
            RpcHandshake.WriteInit(connection);
            connection.SetDeadline(null);
        }
        catch
        {
            lock (_gate)
            {
                _outgoing.Remove(connection);
            }

            throw;
        }

        Release(connection);
    }

    /// <summary>Adds a connection by which the peer calls, which the calling thread is going to serve.</summary>
    /// <returns>False when there are as many as threads, or the session has ended.</returns>
    internal bool TryAddIncoming(RpcConnection connection)
    {
        lock (_gate)
        {
            if (_ended || _incoming.Count >= _maxThreads)
            {
                return false;
            }

            connection.Owner = Environment.CurrentManagedThreadId;
            _incoming.Add(connection);
            return true;
        }
    }

    /// <summary>Serves the peer's calls until the connection ends.</summary>
    internal void Serve(RpcConnection connection)
    {
        t_serves = true;
        Exception? failure = null;
        try
        {
            while (connection.TryReadHeader(out RpcHeader header))
            {
                Process(connection, header, controlOnly: false);
            }
        }
        catch (Exception e)
        {
            // Whatever a peer makes go wrong ends its session and nothing else.
            failure = e;
            if (!IsEnd(e) && e is not BinderException)
            {
                _unhandled?.Invoke(e);
            }
        }
        finally
        {
            connection.CloseDescriptors();
            if (failure is not null)
            {
                End(failure);
            }

            RemoveIncoming(connection);
            connection.Dispose();
            t_serves = false;
        }
    }

    /// <summary>The peer calls by this connection no more. With the last of them the session ends.</summary>
    internal void RemoveIncoming(RpcConnection connection)
    {
        bool last;
        lock (_gate)
        {
            _incoming.Remove(connection);
            last = _incoming.Count == 0;
        }

        if (last)
        {
            End(null);
        }
    }

    /// <summary>Takes a connection for a call.</summary>
    /// <exception cref="BinderException">DeadObject; WouldBlock when the peer listens nowhere.</exception>
    private RpcConnection Acquire(bool oneWay)
    {
        int self = Environment.CurrentManagedThreadId;
        lock (_gate)
        {
            while (true)
            {
                ThrowIfEnded();
                RpcConnection? idle = null;
                int count = _outgoing.Count;
                for (int i = 0; i < count; i++)
                {
                    RpcConnection connection = _outgoing[(_next + i) % count];
                    if (connection.Owner == self)
                    {
                        connection.Uses++;
                        return connection;
                    }

                    if (connection.Owner == 0)
                    {
                        idle ??= connection;
                    }
                }

                // Who serves a call may call back by the same connection, whose other end waits for the reply. For a oneway call nobody waits.
                if (!oneWay && FindServed(self) is { } served)
                {
                    return served;
                }

                if (idle is not null)
                {
                    idle.Owner = self;
                    idle.Uses = 1;
                    if (oneWay)
                    {
                        _next = (_outgoing.IndexOf(idle) + 1) % count;
                    }

                    return idle;
                }

                if (count == 0)
                {
                    throw new BinderException(
                        StatusCode.WouldBlock, "the peer has no thread for this call: oneway calls and calls outside its own need one (MaxIncoming)");
                }

                _waiters++;
                Monitor.Wait(_gate);
                _waiters--;
            }
        }
    }

    private RpcConnection? FindServed(int self)
    {
        foreach (RpcConnection connection in _incoming)
        {
            if (connection.Owner == self && connection.PeerWaits)
            {
                connection.Uses++;
                return connection;
            }
        }

        return null;
    }

    /// <summary>Takes a connection if it is idle.</summary>
    private bool TryAcquire(RpcConnection connection)
    {
        lock (_gate)
        {
            if (_ended || connection.Owner != 0)
            {
                return false;
            }

            connection.Owner = Environment.CurrentManagedThreadId;
            connection.Uses = 1;
            return true;
        }
    }

    private void Release(RpcConnection connection)
    {
        bool hungUp;
        lock (_gate)
        {
            if (--connection.Uses > 0 || _incoming.Contains(connection))
            {
                return;
            }

            connection.Owner = 0;
            hungUp = connection.HungUp;
            if (_waiters > 0)
            {
                Monitor.Pulse(_gate);
            }
        }

        if (hungUp)
        {
            End(new RpcProtocolException("the peer has closed the connection"));
        }
    }

    /// <summary>Whether an exception tells that the session cannot go on.</summary>
    private static bool IsEnd(Exception e) =>
        e is RpcProtocolException or LinuxException or ObjectDisposedException or TimeoutException;

    private void StartServing(RpcConnection connection)
    {
        lock (_gate)
        {
            Thread thread = new(() => Serve(connection)) { IsBackground = true, Name = "binder" };
            if (_ended)
            {
                connection.Dispose();
                return;
            }

            _incoming.Add(connection);
            _threads.Add(thread);
            thread.Start();
            connection.Owner = thread.ManagedThreadId;
        }
    }

    private void JoinThreads()
    {
        if (t_serves)
        {
            return;
        }

        Thread[] threads;
        lock (_gate)
        {
            threads = [.. _threads];
        }

        foreach (Thread thread in threads)
        {
            thread.Join(s_patience);
        }

        _watch?.Dispose();
    }
}
