using Kvm.Interop.Events;
using Kvm.Interop.Files;

namespace Virtualization.Binder;

/// <summary>Lets one thread wait for a descriptor until another ends the waiting.</summary>
internal sealed class SocketWait : IDisposable
{
    private const ulong StopToken = 1;

    private readonly Epoll _epoll = new();
    private readonly EventFd _stop = new("binder listener");

    internal SocketWait(FileDescriptor descriptor)
    {
        _epoll.Add(_stop, EpollEvents.EPOLLIN, StopToken);
        _epoll.Add(descriptor, EpollEvents.EPOLLIN | EpollEvents.EPOLLRDHUP, 0);
    }

    /// <summary>Closes what is open; only when nobody waits.</summary>
    public void Dispose()
    {
        _epoll.Dispose();
        _stop.Dispose();
    }

    /// <summary>Waits until the descriptor can be read.</summary>
    /// <returns>False when the waiting was ended, now or before.</returns>
    internal bool Wait()
    {
        Span<EpollEntry> ready = [default, default];
        int count = _epoll.Wait(ready, -1);
        foreach (EpollEntry entry in ready[..count])
        {
            if (entry.Token == StopToken)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Ends the waiting, for good.</summary>
    internal void Stop() => _stop.Signal();
}
