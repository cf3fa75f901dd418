using Kvm.Interop.Files;
using Virtio.Queues;

namespace Virtio.Vsock;

/// <summary>The guest's receive queue: packets go into its buffers, data straight from a socket.</summary>
/// <remarks>
/// Data takes three steps: <see cref="Reserve"/> buffers, have the kernel copy into <see cref="Room"/>, <see cref="Commit"/> what came. Buffers that
/// were not needed go back unused.
/// </remarks>
internal sealed class VsockReceiveQueue(VsockCounters counters, VsockCapture? capture)
{
    /// <summary>The most buffers that one read from a socket fills.</summary>
    internal const int MaxBurst = 64;

    private const int MaxPieces = 1024;

    private readonly DescriptorChain[] _chains = new DescriptorChain[MaxBurst];
    private readonly uint[] _lengths = new uint[MaxBurst];
    private readonly IoVector[] _pieces = new IoVector[MaxPieces];
    private readonly IoVector[] _captured = new IoVector[MaxPieces];
    private Virtqueue? _queue;
    private int _chainCount;
    private int _pieceCount;

    /// <summary>Where the data goes.</summary>
    internal ReadOnlySpan<IoVector> Room => _pieces.AsSpan(0, _pieceCount);

    /// <summary>Takes the queue of an activation, or null at its end.</summary>
    internal void Attach(Virtqueue? queue)
    {
        _queue = queue;
        _chainCount = 0;
        _pieceCount = 0;
        queue?.DisableNotifications();
    }

    /// <summary>Sends a packet without payload.</summary>
    /// <returns>False when the guest has given no buffer.</returns>
    internal bool TrySend(in VsockHeader header)
    {
        // A guest cannot hold this up with buffers that are too small: it has as many as the queue has descriptors.
        for (int i = 0; _queue is not null && i <= _queue.Size && _queue.TryPop(out DescriptorChain? chain); i++)
        {
            bool fits = chain.TryWrite(0, header);
            _queue.Push(chain, fits ? VsockHeader.Size : 0u);
            if (fits)
            {
                counters.ToGuest(0);
                capture?.Write(header, []);
                return true;
            }
        }

        return false;
    }

    /// <summary>Takes buffers for data.</summary>
    /// <param name="wanted">How many bytes at most.</param>
    /// <param name="maxChains">How many buffers at most.</param>
    /// <returns>Bytes that there is room for; 0 when the guest has given no buffer.</returns>
    internal uint Reserve(uint wanted, int maxChains)
    {
        uint room = 0;
        _chainCount = 0;
        _pieceCount = 0;
        for (int i = 0; _queue is not null && i <= _queue.Size && room < wanted && _chainCount < maxChains && _pieceCount < MaxPieces; i++)
        {
            if (!_queue.TryPop(out DescriptorChain? chain))
            {
                break;
            }

            uint length = Place(chain, wanted - room);
            if (length == 0 && _chainCount > 0)
            {
                _queue.Return(chain);
                break;
            }

            if (length == 0)
            {
                _queue.Push(chain, 0); // no room for payload: the guest gets it back
                continue;
            }

            _chains[_chainCount] = chain;
            _lengths[_chainCount++] = length;
            room += length;
        }

        return room;
    }

    /// <summary>Gives the guest what was read into <see cref="Room"/>, one packet for each buffer, and unused buffers back.</summary>
    /// <param name="header">The packets' header; length and flags are filled in.</param>
    /// <param name="length">Bytes that were read; 0 gives all buffers back.</param>
    /// <param name="lastFlags">Flags of the last packet.</param>
    /// <returns>How many buffers took part; below zero when a header could not be written, because the guest took its page back.</returns>
    internal int Commit(ref VsockHeader header, uint length, uint lastFlags)
    {
        int used = 0;
        for (uint covered = 0; used < _chainCount && covered < length; used++)
        {
            covered += _lengths[used];
        }

        // The buffer that was taken last goes back first, and all before any is pushed.
        for (int i = _chainCount - 1; i >= used; i--)
        {
            _queue!.Return(_chains[i]);
        }

        bool written = true;
        for (int i = 0; i < used; i++)
        {
            header.Length = Math.Min(length, _lengths[i]);
            header.Flags = i == used - 1 ? lastFlags : 0;
            length -= header.Length;
            written &= _chains[i].TryWrite(0, header);
            if (capture is not null)
            {
                int pieces = _chains[i].GetWritable(VsockHeader.Size, header.Length, _captured);
                capture.Write(header, _captured.AsSpan(0, pieces));
            }

            counters.ToGuest(header.Length);
            _queue!.Push(_chains[i], written ? VsockHeader.Size + header.Length : 0);
        }

        _chainCount = 0;
        _pieceCount = 0;
        return written ? used : -1;
    }

    /// <summary>Shows the guest what it got.</summary>
    internal void Publish() => _queue?.Publish();

    /// <summary>Asks to be told of the next buffer.</summary>
    /// <returns>True when there is one already.</returns>
    internal bool WaitForBuffers() => _queue?.EnableNotifications() == true;

    /// <summary>Asks not to be told of buffers.</summary>
    internal void StopWaiting() => _queue?.DisableNotifications();

    private uint Place(DescriptorChain chain, uint wanted)
    {
        if (chain.WritableLength <= VsockHeader.Size)
        {
            return 0;
        }

        // A piece is as long as its part of the buffer; what the vectors do not hold of a buffer stays empty.
        int count = chain.GetWritable(VsockHeader.Size, Math.Min(wanted, chain.WritableLength - VsockHeader.Size), _pieces.AsSpan(_pieceCount));
        nuint length = 0;
        for (int i = 0; i < count; i++)
        {
            length += _pieces[_pieceCount + i].Length;
        }

        _pieceCount += count;
        return (uint)length;
    }
}
