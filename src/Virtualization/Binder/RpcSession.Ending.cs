using Kvm.Interop;

namespace Virtualization.Binder;

/// <content>How a session ends, and who is told.</content>
public sealed partial class RpcSession
{
    private readonly List<(BinderProxy Proxy, IDeathRecipient Recipient)> _links = [];
    private readonly Action<RpcConnection> _drain;
    private volatile bool _ended;
    private EventHandler? _endedHandlers;
    private RpcHangUpWatch? _watch;

    /// <summary>Raised once, on a thread of the pool, when the session has ended, whoever ended it; at once for who asks later.</summary>
    public event EventHandler? Ended
    {
        add
        {
            lock (_gate)
            {
                if (!_ended)
                {
                    _endedHandlers += value;
                    StartWatch();
                    return;
                }
            }

            if (value is not null)
            {
                ThreadPool.UnsafeQueueUserWorkItem(_ => value(this, EventArgs.Empty), null);
            }
        }

        remove
        {
            lock (_gate)
            {
                _endedHandlers -= value;
            }
        }
    }

    /// <summary>Whether calls still reach the peer.</summary>
    public bool IsAlive => !_ended;

    /// <summary>Why the session has ended; null while it has not, and when a side ended it in order.</summary>
    public Exception? EndReason { get; private set; }

    /// <summary>Ends the session, the first time.</summary>
    /// <param name="reason">What the peer did wrong; null for an end in order.</param>
    internal void End(Exception? reason)
    {
        List<RpcConnection> connections;
        lock (_gate)
        {
            if (_ended)
            {
                return;
            }

            _ended = true;
            EndReason = reason;
            connections = [.. _outgoing, .. _incoming];
            Monitor.PulseAll(_gate);
        }

        // Whoever waits at a connection wakes and finds the session ended. Closing is delayed by the runtime until no call uses the descriptor.
        foreach (RpcConnection connection in connections)
        {
            connection.Dispose();
        }

        List<BinderObject> held = Nodes.End();
        _server?.Remove(this);
        ThreadPool.UnsafeQueueUserWorkItem(session => session.TellEnd(held), this, preferLocal: false);
    }

    internal void Link(BinderProxy proxy, IDeathRecipient recipient)
    {
        lock (_gate)
        {
            ThrowIfEnded();
            _links.Add((proxy, recipient));
            StartWatch();
        }
    }

    internal bool Unlink(BinderProxy proxy, IDeathRecipient recipient)
    {
        lock (_gate)
        {
            return _links.Remove((proxy, recipient));
        }
    }

    /// <summary>The peer of an idle connection has hung up; one that is used finds out itself, behind what can still be read.</summary>
    internal void OnHangUp(RpcConnection connection)
    {
        lock (_gate)
        {
            if (connection.Owner != 0)
            {
                connection.HungUp = true;
                return;
            }
        }

        End(new RpcProtocolException("the peer has closed the connection"));
    }

    private void ThrowIfEnded()
    {
        if (_ended)
        {
            throw new BinderException(StatusCode.DeadObject, EndReason is { } reason ? $"the session has ended: {reason.Message}" : "the session has ended", EndReason);
        }
    }

    /// <summary>Ends the session for what went wrong in a call.</summary>
    private BinderException Dead(Exception e)
    {
        End(e);
        return e is BinderException dead ? dead : new BinderException(StatusCode.DeadObject, $"the session has ended: {(EndReason ?? e).Message}", e);
    }

    /// <summary>A client without threads that read would not notice that the server is gone.</summary>
    private void StartWatch()
    {
        if (_watch is null && _server is null && _incoming.Count == 0)
        {
            _watch = new RpcHangUpWatch(this, _outgoing);
        }
    }

    private void TellEnd(List<BinderObject> held)
    {
        foreach (BinderObject local in held)
        {
            local.RemoveRemoteReference(_unhandled);
        }

        (BinderProxy Proxy, IDeathRecipient Recipient)[] links;
        EventHandler? handlers;
        lock (_gate)
        {
            links = [.. _links];
            _links.Clear();
            handlers = _endedHandlers;
        }

        foreach ((BinderProxy proxy, IDeathRecipient recipient) in links)
        {
            Guarded(() => recipient.BinderDied(proxy));
        }

        Guarded(() => handlers?.Invoke(this, EventArgs.Empty));
        _watch?.Stop();
    }

    private void Guarded(Action action)
    {
        try
        {
            action();
        }
        catch (Exception e)
        {
            _unhandled?.Invoke(e);
        }
    }
}
