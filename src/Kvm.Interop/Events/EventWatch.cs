using Kvm.Interop.Files;

namespace Kvm.Interop.Events;

/// <summary>A descriptor that an <see cref="EventLoop"/> watches.</summary>
/// <remarks>
/// <see cref="Change"/> is for the loop's thread, or for before it starts and after it stopped. <see cref="Dispose"/> is for any thread; on
/// another than the loop's, a handler that is running may still finish after it.
/// </remarks>
public sealed class EventWatch : IDisposable
{
    private readonly EventLoop _loop;
    private EpollEvents _events;
    private volatile bool _disposed;

    internal EventWatch(EventLoop loop, FileDescriptor descriptor, EpollEvents events, Action<EpollEvents> handler, ulong token)
    {
        _loop = loop;
        _events = events;
        Descriptor = descriptor;
        Handler = handler;
        Token = token;
    }

    internal FileDescriptor Descriptor { get; }

    internal Action<EpollEvents> Handler { get; }

    internal ulong Token { get; }

    internal bool Disposed => _disposed;

    /// <summary>Waits for other events from now on; errors and hang-ups always count.</summary>
    public void Change(EpollEvents wanted)
    {
        if (wanted != _events && !_disposed)
        {
            _events = wanted;
            _loop.Change(this, wanted);
        }
    }

    /// <summary>Ends the watch; the descriptor stays open.</summary>
    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            _loop.Remove(this);
        }
    }
}
