using Kvm.Interop;
using Virtio.Queues;

namespace Virtio.Block;

/// <content>From a buffer of the queue to a request, and back.</content>
public sealed partial class BlockDevice
{
    private static readonly long s_reportInterval = (long)TimeSpan.FromSeconds(10).TotalMilliseconds;
    private long _lastReport = -s_reportInterval;

    private void Begin(BlockQueue queue, DescriptorChain chain)
    {
        if (chain.WritableLength == 0)
        {
            // There is no place for a status: the driver does not speak this protocol.
            queue.Ring.Push(chain, 0);
            queue.Ring.Break("a block request has no byte for its status");
            return;
        }

        _inFlight++;
        BlockRequest request = _thread.TakeRequest();
        request.Queue = queue;
        request.Chain = chain;
        request.Type = uint.MaxValue;
        request.Issued = 0;
        request.Length = 0;
        request.Pending = 0;
        request.NeedsFlush = false;
        if (!chain.TryRead(0, out BlockHeader header))
        {
            Finish(request, VirtioBlk.VIRTIO_BLK_S_IOERR);
            return;
        }

        request.Type = header.Type;
        request.Status = Check(request, header);
        if (request.Status != VirtioBlk.VIRTIO_BLK_S_OK)
        {
            Finish(request, request.Status);
            return;
        }

        switch (header.Type)
        {
            case VirtioBlk.VIRTIO_BLK_T_GET_ID:
                GetId(request);
                break;
            case VirtioBlk.VIRTIO_BLK_T_FLUSH:
                StartFlush(request);
                break;
            case VirtioBlk.VIRTIO_BLK_T_DISCARD or VirtioBlk.VIRTIO_BLK_T_WRITE_ZEROES:
                StartRanges(request);
                break;
            default:
                Advance(request);
                break;
        }
    }

    /// <summary>Whether the request is one that can be carried out; fills in what it is about.</summary>
    private byte Check(BlockRequest request, in BlockHeader header)
    {
        bool writes = header.Type is VirtioBlk.VIRTIO_BLK_T_OUT or VirtioBlk.VIRTIO_BLK_T_DISCARD or VirtioBlk.VIRTIO_BLK_T_WRITE_ZEROES;
        if (writes && Disk.IsReadOnly)
        {
            return VirtioBlk.VIRTIO_BLK_S_IOERR;
        }

        uint readable = request.Chain.ReadableLength - BlockHeader.Length;
        switch (header.Type)
        {
            case VirtioBlk.VIRTIO_BLK_T_IN:
                return CheckTransfer(request, header.Sector, request.Chain.WritableLength - 1);
            case VirtioBlk.VIRTIO_BLK_T_OUT:
                request.NeedsFlush = _writeThrough;
                return CheckTransfer(request, header.Sector, readable);
            case VirtioBlk.VIRTIO_BLK_T_FLUSH or VirtioBlk.VIRTIO_BLK_T_GET_ID:
                return VirtioBlk.VIRTIO_BLK_S_OK;
            case VirtioBlk.VIRTIO_BLK_T_DISCARD when _activation!.Has(VirtioBlk.VIRTIO_BLK_F_DISCARD):
            case VirtioBlk.VIRTIO_BLK_T_WRITE_ZEROES when _activation!.Has(VirtioBlk.VIRTIO_BLK_F_WRITE_ZEROES):
                return request.ReadRanges(readable, _capacity);
            default:
                return VirtioBlk.VIRTIO_BLK_S_UNSUPP;
        }
    }

    private byte CheckTransfer(BlockRequest request, ulong sector, uint length)
    {
        // In whole sectors, so that nothing here can overflow.
        if (length % VirtioBlk.SectorSize != 0 || sector > _capacity || length / VirtioBlk.SectorSize > _capacity - sector)
        {
            return VirtioBlk.VIRTIO_BLK_S_IOERR;
        }

        request.Offset = sector * VirtioBlk.SectorSize;
        request.Length = length;
        return VirtioBlk.VIRTIO_BLK_S_OK;
    }

    private void GetId(BlockRequest request)
    {
        int length = (int)Math.Min(request.Chain.WritableLength - 1, (uint)_id.Length);
        bool written = request.Chain.TryWrite(0, _id.AsSpan(0, length));
        Finish(request, written ? VirtioBlk.VIRTIO_BLK_S_OK : VirtioBlk.VIRTIO_BLK_S_IOERR);
    }

    /// <summary>Gives the buffer back with its status in the last writable byte, wherever the descriptors end.</summary>
    private void Finish(BlockRequest request, byte status)
    {
        DescriptorChain chain = request.Chain;
        uint last = chain.WritableLength - 1;
        // A failed read may have written anything of its data, so it claims no byte from the front.
        bool complete = chain.TryWrite(last, status) && (status == VirtioBlk.VIRTIO_BLK_S_OK || last == 0);
        if (status == VirtioBlk.VIRTIO_BLK_S_OK)
        {
            _counters.Add(request);
        }

        request.Queue.Ring.Push(chain, complete ? chain.WritableLength : 0);
        _thread.Publish(request.Queue);
        // The driver may have put the next request behind it without a notification, so look when this one is shown.
        _thread.Wake(request.Queue);
        _thread.Return(request);
        _inFlight--;
        EndReset();
    }

    private void ReportFailure(BlockRequest request, int error)
    {
        long now = Environment.TickCount64;
        if (now - _lastReport >= s_reportInterval)
        {
            _lastReport = now;
            string what = request.Type switch
            {
                VirtioBlk.VIRTIO_BLK_T_IN => "reading",
                VirtioBlk.VIRTIO_BLK_T_OUT => "writing",
                VirtioBlk.VIRTIO_BLK_T_FLUSH => "flushing",
                VirtioBlk.VIRTIO_BLK_T_DISCARD => "discarding",
                _ => "zeroing",
            };
            _options.Report($"{Name}: {what} at byte {request.Offset} failed with {Errno.Name(error)}; the guest sees an I/O error");
        }
    }
}
