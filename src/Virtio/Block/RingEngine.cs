using System.Runtime.InteropServices;
using Kvm.Interop.Events;
using Kvm.Interop.Files;
using Kvm.Interop.IoUring;

namespace Virtio.Block;

/// <summary>I/O by io_uring: one system call submits transfers, waits, and tells of notifications.</summary>
/// <remarks>
/// A notification's eventfd is polled, not read: each signal wakes the poll anew whatever the counter is, and a read would be one more request. The
/// vectors of a transfer are needed only until it is submitted (IORING_FEAT_SUBMIT_STABLE), so one array serves all between two submissions.
/// </remarks>
internal sealed unsafe class RingEngine : IBlockEngine
{
    private const uint Entries = 512;
    private const uint Completions = 8192;
    private const int VectorCapacity = 8192;
    private const ulong WatchTokens = 1UL << 32;
    private const ulong UnwatchToken = 1UL << 33;

    private readonly IoRing _ring;
    private readonly IoVector* _vectors;
    private readonly List<EventFd?> _watches = [];
    private readonly HashSet<int> _ending = [];
    private BlockPart?[] _parts = new BlockPart?[64];
    private int _vectorCount;

    private RingEngine(IoRing ring)
    {
        _ring = ring;
        _vectors = (IoVector*)NativeMemory.Alloc(VectorCapacity, (nuint)sizeof(IoVector));
    }

    /// <inheritdoc/>
    public string Name => "io_uring";

    /// <inheritdoc/>
    public bool HasUnsubmitted => _ring.Unsubmitted > 0;

    /// <summary>Makes one.</summary>
    /// <param name="errno">Why there is none.</param>
    /// <returns>Null where the kernel has no io_uring for this process.</returns>
    internal static RingEngine? TryCreate(out int errno) => IoRing.TryCreate(Entries, Completions, out errno) is { } ring ? new RingEngine(ring) : null;

    /// <inheritdoc/>
    public void Start() => _ring.Enable();

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
        Arm(watch);
        return watch;
    }

    /// <inheritdoc/>
    public void Unwatch(int watch)
    {
        _ending.Add(watch);
        while (!_ring.TryUnwatch(WatchTokens | (uint)watch, UnwatchToken))
        {
            Submit();
        }
    }

    /// <inheritdoc/>
    public bool TryStart(BlockPart part)
    {
        if (part.Index >= _parts.Length)
        {
            Array.Resize(ref _parts, Math.Max(_parts.Length * 2, (int)part.Index + 1));
        }

        _parts[part.Index] = part;
        if (TryQueue(part))
        {
            return true;
        }

        Submit();
        return _ring.Unsubmitted == 0 && TryQueue(part);
    }

    /// <inheritdoc/>
    public void Wait(bool block, IBlockEvents events)
    {
        // Also with nothing to submit: completions are only worked out for a thread that asks.
        Submit(block);
        while (_ring.TryTake(out IoCompletion completion))
        {
            Tell(completion, events);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _ring.Dispose();
        NativeMemory.Free(_vectors);
    }

    private void Tell(IoCompletion completion, IBlockEvents events)
    {
        if (completion.Token == UnwatchToken)
        {
            return;
        }

        if ((completion.Token & WatchTokens) == 0)
        {
            events.OnTransferred(_parts[completion.Token]!, completion.Result);
            return;
        }

        int watch = (int)(uint)completion.Token;
        if (completion.HasMore)
        {
            events.OnSignalled(watch);
        }
        else if (_ending.Remove(watch))
        {
            _watches[watch] = null;
            events.OnUnwatched(watch);
        }
        else
        {
            // The kernel ended the watch by itself, which it may when it is short of memory.
            Arm(watch);
            events.OnSignalled(watch);
        }
    }

    private void Arm(int watch)
    {
        while (!_ring.TryWatch(_watches[watch]!, WatchTokens | (uint)watch))
        {
            Submit();
        }
    }

    private void Submit(bool wait = false)
    {
        _ring.Enter(wait);
        if (_ring.Unsubmitted == 0)
        {
            _vectorCount = 0;
        }
    }

    private bool TryQueue(BlockPart part)
    {
        if (part.Kind == BlockPartKind.FileFlush)
        {
            return _ring.TryFlush(part.File!, part.Index);
        }

        Span<IoVector> free = new(_vectors + _vectorCount, VectorCapacity - _vectorCount);
        if (free.Length < FileTransfer.MaxVectors)
        {
            return false;
        }

        int count = part.GetVectors(free);
        ulong offset = part.Offset + part.Done;
        bool queued = (part.Kind == BlockPartKind.FileWrite, count == 1) switch
        {
            (true, true) => _ring.TryWrite(part.File!, free[0], offset, part.Index),
            (true, false) => _ring.TryWrite(part.File!, _vectors + _vectorCount, count, offset, part.Index),
            (false, true) => _ring.TryRead(part.File!, free[0], offset, part.Index),
            (false, false) => _ring.TryRead(part.File!, _vectors + _vectorCount, count, offset, part.Index),
        };
        // One piece goes into the request itself.
        _vectorCount += queued && count > 1 ? count : 0;
        return queued;
    }
}
