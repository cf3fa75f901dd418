using Kvm.Interop.Events;

namespace Virtualization.Binder;

/// <summary>Waits, on a thread of its own, for the peer of idle connections to hang up. It reads nothing.</summary>
internal sealed class RpcHangUpWatch : IDisposable
{
    private const ulong StopToken = ulong.MaxValue;

    private readonly RpcSession _session;
    private readonly Epoll _epoll = new();
    private readonly EventFd _stop = new("binder watch");
    private readonly List<RpcConnection> _connections = [];
    private readonly Thread _thread;

    internal RpcHangUpWatch(RpcSession session, IEnumerable<RpcConnection> connections)
    {
        _session = session;
        _epoll.Add(_stop, EpollEvents.EPOLLIN, StopToken);
        foreach (RpcConnection connection in connections)
        {
            Add(connection);
        }

        _thread = new Thread(Run) { IsBackground = true, Name = "binder watch" };
        _thread.Start();
    }

    /// <summary>Watches one more; under the session's lock.</summary>
    internal void Add(RpcConnection connection)
    {
        _connections.Add(connection);
        // Once: who uses the connection finds the end itself.
        _epoll.Add(connection.Socket, EpollEvents.EPOLLRDHUP | EpollEvents.EPOLLET, (ulong)_connections.Count - 1);
    }

    /// <summary>Lets the thread end; it closes what is open.</summary>
    internal void Stop()
    {
        try
        {
            _stop.Signal();
        }
        catch (ObjectDisposedException)
        {
            // It has ended already.
        }
    }

    /// <summary>Waits for the end of the thread.</summary>
    public void Dispose()
    {
        Stop();
        if (Thread.CurrentThread != _thread)
        {
            _thread.Join();
        }
    }

    private void Run()
    {
        using (_epoll)
        using (_stop)
        {
            Span<EpollEntry> ready = new EpollEntry[8];
            while (true)
            {
                int count = _epoll.Wait(ready, -1);
                foreach (EpollEntry entry in ready[..count])
                {
                    if (entry.Token == StopToken)
                    {
                        return;
                    }

                    _session.OnHangUp(_connections[(int)entry.Token]);
                }
            }
        }
    }
}
