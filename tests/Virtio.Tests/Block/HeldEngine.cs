using Kvm.Interop.Events;
using Virtio.Block;

namespace Virtio.Tests.Block;

/// <summary>
/// An engine as slow as the test wants: transfers end when it lets them, and what has just been started is submitted only when a worker has told the
/// block thread of something, so that both come to it in one look.
/// </summary>
internal sealed class HeldEngine : IBlockEngine
{
    private readonly List<EventFd?> _watches = [];
    private readonly Queue<int> _ended = new();
    private readonly Queue<BlockPart> _held = new();

    public string Name => "held";

    public bool HasUnsubmitted { get; private set; }

    /// <summary>Transfers end from now on.</summary>
    internal volatile bool Go;

    public void Start()
    {
    }

    public int Watch(EventFd descriptor)
    {
        _watches.Add(descriptor);
        return _watches.Count - 1;
    }

    public void Unwatch(int watch)
    {
        _watches[watch] = null;
        _ended.Enqueue(watch);
    }

    public bool TryStart(BlockPart part)
    {
        _held.Enqueue(part);
        HasUnsubmitted = true;
        return true;
    }

    public void Wait(bool block, IBlockEvents events)
    {
        // The first watch is the thread's own.
        if (HasUnsubmitted)
        {
            HasUnsubmitted = false;
            BlockHarness.WaitUntil(() => _watches[0]!.TryConsume());
            events.OnSignalled(0);
            return;
        }

        while (!Tell(events) && block)
        {
            Thread.Sleep(1);
        }
    }

    public void Dispose()
    {
    }

    private bool Tell(IBlockEvents events)
    {
        bool told = false;
        for (int i = 0; i < _watches.Count; i++)
        {
            if (_watches[i] is { } watch && watch.TryConsume())
            {
                events.OnSignalled(i);
                told = true;
            }
        }

        while (_ended.TryDequeue(out int ended))
        {
            events.OnUnwatched(ended);
            told = true;
        }

        while (Go && _held.TryDequeue(out BlockPart? part))
        {
            events.OnTransferred(part, (int)part.Length);
            told = true;
        }

        return told;
    }
}
