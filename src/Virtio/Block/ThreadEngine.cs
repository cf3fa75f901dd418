using Kvm.Interop.Events;

namespace Virtio.Block;

/// <summary>Notifications by epoll(7); every transfer goes to a worker.</summary>
internal sealed class ThreadEngine : IBlockEngine
{
    private readonly Epoll _epoll = new();
    private readonly List<EventFd?> _watches = [];
    private readonly Queue<int> _ended = new();
    private readonly EpollEntry[] _ready = new EpollEntry[32];

    /// <inheritdoc/>
    public string Name => "threads";

    /// <inheritdoc/>
    public bool HasUnsubmitted => false;

    /// <inheritdoc/>
    public void Start()
    {
    }

    /// <inheritdoc/>
    public int Watch(EventFd descriptor)
    {
        int watch = _watches.IndexOf(null);
        if (watch < 0)
        {
            watch = _watches.Count;
            _watches.Add(null);
        }

        _watches[watch] = descriptor;
        // Edge-triggered: each signal is told once, and the counter need not be read.
        _epoll.Add(descriptor, EpollEvents.EPOLLIN | EpollEvents.EPOLLET, (ulong)watch);
        return watch;
    }

    /// <inheritdoc/>
    public void Unwatch(int watch)
    {
        _epoll.Remove(_watches[watch]!);
        _ended.Enqueue(watch);
    }

    /// <inheritdoc/>
    public bool TryStart(BlockPart part) => false;

    /// <inheritdoc/>
    public void Wait(bool block, IBlockEvents events)
    {
        int count = _epoll.Wait(_ready, block && _ended.Count == 0 ? -1 : 0);
        for (int i = 0; i < count; i++)
        {
            events.OnSignalled((int)_ready[i].Token);
        }

        while (_ended.TryDequeue(out int watch))
        {
            _watches[watch] = null;
            events.OnUnwatched(watch);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _epoll.Dispose();
}
