using Kvm.Interop;
using Kvm.Interop.Files;
using Kvm.Interop.Net;
using Virtio.Queues;

namespace Virtio.Net;

/// <summary>From a tap to a receive queue. A frame is read straight into the driver's buffers, as many as it takes where the driver merges them.</summary>
/// <remarks>
/// While the driver has no buffer nothing is read, and the kernel drops what the tap's own queue does not hold. A frame's length is known only when
/// it was read: behind the buffers at hand lies a spare one, from which the rest goes into buffers that the driver adds later. One frame is all
/// that is ever held.
/// </remarks>
internal sealed unsafe class TapReceiver
{
    private const int Batch = 64;
    private const int MaxVectors = Virtqueue.MaxSegments - 1; // and the spare one

    private readonly TapQueue _tap;
    private readonly Virtqueue _queue;
    private readonly byte[] _spare;
    private readonly bool _merge;
    private readonly IoVector[] _vectors = new IoVector[MaxVectors + 1];
    private readonly DescriptorChain[] _held; // buffers at hand, in the driver's order
    private readonly uint[] _room; // bytes of each that are used
    private int _heldCount;
    private int _heldVectors;
    private uint _heldRoom;
    private uint _frame; // length of a frame that waits for more buffers; 0: none does
    private uint _spareStart; // where in that frame the spare buffer begins
    private bool _notified = true;

    /// <param name="tap">Where frames come from.</param>
    /// <param name="queue">Where they go.</param>
    /// <param name="spare">Room for a frame, pinned.</param>
    /// <param name="merge">The driver accepted VIRTIO_NET_F_MRG_RXBUF.</param>
    internal TapReceiver(TapQueue tap, Virtqueue queue, byte[] spare, bool merge)
    {
        _tap = tap;
        _queue = queue;
        _spare = spare;
        _merge = merge;
        _held = new DescriptorChain[merge ? queue.Size : 1];
        _room = new uint[_held.Length];
    }

    /// <summary>The driver has too few buffers: reading goes on when it notifies the queue.</summary>
    internal bool IsStarved { get; private set; }

    /// <summary>Moves frames until there is none, the driver has no buffer, or others should have their turn.</summary>
    /// <returns>0, or the error number with which reading ended: EAGAIN when there is no more.</returns>
    internal int Receive()
    {
        int error = 0;
        IsStarved = false;
        for (int i = 0; i < Batch && error == 0 && !IsStarved && !_queue.IsBroken; i++)
        {
            error = _frame == 0 ? ReadFrame() : 0;
            if (_frame > 0)
            {
                FinishFrame();
            }
        }

        IsStarved |= _queue.IsBroken;
        _queue.Publish();
        return error;
    }

    private int ReadFrame()
    {
        while (_heldRoom < VirtioNet.MaxFrameSize && _heldCount < _held.Length && TryHold())
        {
        }

        if (_heldCount == 0)
        {
            IsStarved = true;
            return 0;
        }

        int count = 0;
        for (int i = 0; i < _heldCount; i++)
        {
            count += _held[i].GetWritable(0, _room[i], _vectors.AsSpan(count, MaxVectors - count));
        }

        // SAFETY: the array is pinned.
        _vectors[count++] = new IoVector((byte*)System.Runtime.CompilerServices.Unsafe.AsPointer(ref _spare[0]), (nuint)_spare.Length);
        int length = _tap.Receive(_vectors.AsSpan(0, count));
        if (length < 0)
        {
            if (length == -Errno.EFAULT)
            {
                _queue.Break("a receive buffer cannot be written: its page is private to the guest");
                return 0;
            }

            return -length;
        }

        if ((uint)length <= _heldRoom)
        {
            Deliver((uint)length);
        }
        else if (_merge)
        {
            _frame = (uint)length;
            _spareStart = _heldRoom;
        }

        // Longer than a buffer that must hold all of it: lost, as on a card.
        return 0;
    }

    /// <summary>Copies the rest of a frame into buffers that came later.</summary>
    private void FinishFrame()
    {
        while (_heldRoom < _frame)
        {
            if (_heldCount == _held.Length)
            {
                // All buffers of the queue together are too small: more will not come.
                _frame = 0;
                return;
            }

            uint start = _heldRoom;
            if (!TryHold())
            {
                IsStarved = true;
                return;
            }

            uint run = Math.Min(_room[_heldCount - 1], _frame - start);
            if (!_held[_heldCount - 1].TryWrite(0, _spare.AsSpan((int)(start - _spareStart), (int)run)))
            {
                _queue.Break("a receive buffer cannot be written: its page is private to the guest");
                return;
            }
        }

        Deliver(_frame);
        _frame = 0;
    }

    /// <summary>Gives the driver the buffers that a frame lies in.</summary>
    private void Deliver(uint length)
    {
        int used = 0;
        for (uint covered = 0; covered < length; used++)
        {
            covered += _room[used];
        }

        // The kernel leaves the field as it was. Without merging it is 1 as well (section 5.1.6.4.1).
        _held[0].TryWrite(VirtioNet.BufferCountOffset, (ushort)used);
        for (int i = 0; i < used; i++)
        {
            uint run = Math.Min(_room[i], length);
            length -= run;
            _heldRoom -= _room[i];
            _heldVectors -= _held[i].WritableCount;
            _queue.Push(_held[i], run);
        }

        _heldCount -= used;
        Array.Copy(_held, used, _held, 0, _heldCount);
        Array.Copy(_room, used, _room, 0, _heldCount);
    }

    /// <summary>Takes one more buffer; when there is none and it is needed, has the driver tell of the next.</summary>
    private bool TryHold()
    {
        DescriptorChain? chain;
        while (!_queue.TryPop(out chain))
        {
            if (_heldCount > 0 && _frame == 0)
            {
                return false;
            }

            _notified = true;
            if (!_queue.EnableNotifications())
            {
                return false;
            }
        }

        if (_notified)
        {
            _notified = false;
            _queue.DisableNotifications();
        }

        if (chain.WritableLength < VirtioNet.HeaderSize)
        {
            _queue.Break("a receive buffer is shorter than the header");
            return false;
        }

        if (_heldCount > 0 && _heldVectors + chain.WritableCount > MaxVectors && _frame == 0)
        {
            _queue.Return(chain);
            return false;
        }

        uint room = (uint)Math.Min(chain.WritableLength, int.MaxValue / 2);
        if (chain.WritableCount > MaxVectors)
        {
            room = 0;
            int count = chain.GetWritable(0, chain.WritableLength, _vectors.AsSpan(0, MaxVectors));
            foreach (ref readonly IoVector vector in _vectors.AsSpan(0, count))
            {
                room = (uint)Math.Min(room + vector.Length, int.MaxValue / 2);
            }
        }

        _held[_heldCount] = chain;
        _room[_heldCount++] = room;
        _heldRoom += room;
        _heldVectors += chain.WritableCount;
        return true;
    }
}
