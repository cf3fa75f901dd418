using System.Buffers.Binary;
using Virtio.Block;

namespace Pvmfw.Disk;

/// <summary>Sends requests of a block device (virtio 1.3, 5.2.6) through its queue, one at a time, and looks for their completion.</summary>
/// <remarks>
/// Nothing that the device can write decides where memory is read or written: descriptors are never read back, the used ring is only compared
/// with what has to be there, and data and status lie at fixed places.
/// </remarks>
internal struct BlockQueue<TPlatform>
    where TPlatform : struct, IDiskPlatform
{
    private const int DescriptorSize = 16;
    private const ushort VIRTQ_DESC_F_NEXT = 1;
    private const ushort VIRTQ_DESC_F_WRITE = 2;
    private const ushort VIRTQ_AVAIL_F_NO_INTERRUPT = 1;
    private const int IndexOffset = 2; // in both rings, after the flags
    private const int RingOffset = 4;
    private const int UsedElementSize = 8;
    private const int HeaderSize = 16;

    // A value that no device writes.
    private const byte NoStatus = 0xff;

    private ushort _index;

    /// <summary>Asks for no interrupts, as the firmware has none. Before the queue is enabled; all else in its pages is zeros.</summary>
    internal static void Initialize() => TPlatform.Store16(QueueLayout.Available, VIRTQ_AVAIL_F_NO_INTERRUPT);

    /// <summary>Makes a request available. What it writes to the disk is in the data already.</summary>
    /// <param name="type">VIRTIO_BLK_T_IN, _OUT or _FLUSH.</param>
    /// <param name="sector">The first sector; 0 to flush.</param>
    /// <param name="length">Bytes of data, at most <see cref="QueueLayout.DataSize"/>; 0 to flush.</param>
    internal readonly void Submit(uint type, ulong sector, int length)
    {
        Span<byte> header = stackalloc byte[HeaderSize];
        header.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(header, type);
        BinaryPrimitives.WriteUInt64LittleEndian(header[8..], sector);
        TPlatform.CopyIn(QueueLayout.Header, header);
        Span<byte> status = stackalloc byte[1];
        status[0] = NoStatus;
        TPlatform.CopyIn(QueueLayout.Status, status);

        // The host may have written over the descriptors, so each request has them anew.
        ushort next = 0;
        Describe(next++, QueueLayout.Header, HeaderSize, VIRTQ_DESC_F_NEXT);
        if (length > 0)
        {
            ushort direction = type == VirtioBlk.VIRTIO_BLK_T_IN ? VIRTQ_DESC_F_WRITE : (ushort)0;
            Describe(next++, QueueLayout.Data, length, (ushort)(VIRTQ_DESC_F_NEXT | direction));
        }

        Describe(next, QueueLayout.Status, 1, VIRTQ_DESC_F_WRITE);
        TPlatform.Store16(QueueLayout.Available + RingOffset + (_index % QueueLayout.QueueSize * sizeof(ushort)), 0);

        // A device that sees the index sees header, data, descriptors and ring entry as well (virtio 1.3, 2.7.13.3).
        TPlatform.OrderStores();
        TPlatform.Store16(QueueLayout.Available + IndexOffset, (ushort)(_index + 1));

        // And one that sees the notification, which is a store to a register, sees the index. The used ring's flags are not asked whether the
        // device wants to be notified, so no load has to be kept behind the store (2.7.13.4.1): it always is.
        TPlatform.OrderStores();
    }

    /// <summary>Whether the request is completed: looks at the used index.</summary>
    internal readonly DiskFault Look(out bool completed)
    {
        ushort used = TPlatform.Load16(QueueLayout.Used + IndexOffset);
        completed = used == (ushort)(_index + 1);
        return completed || used == _index ? DiskFault.None : DiskFault.UsedIndexJumped;
    }

    /// <summary>Takes what the device completed.</summary>
    /// <param name="type">As in <see cref="Submit"/>.</param>
    /// <param name="length">As in <see cref="Submit"/>.</param>
    /// <param name="data">Takes the data that was read: <paramref name="length"/> bytes, or none.</param>
    internal DiskFault Take(uint type, int length, Span<byte> data)
    {
        // What is loaded from here on is what the device wrote before it moved the index, not what stood there earlier.
        TPlatform.OrderLoads();
        Span<byte> element = stackalloc byte[UsedElementSize];
        TPlatform.CopyOut(QueueLayout.Used + RingOffset + (_index % QueueLayout.QueueSize * UsedElementSize), element);
        Span<byte> status = stackalloc byte[1];
        TPlatform.CopyOut(QueueLayout.Status, status);
        _index++;
        if (BinaryPrimitives.ReadUInt32LittleEndian(element) != 0)
        {
            return DiskFault.WrongDescriptor;
        }

        uint room = (type == VirtioBlk.VIRTIO_BLK_T_IN ? (uint)length : 0) + 1;
        uint written = BinaryPrimitives.ReadUInt32LittleEndian(element[4..]);
        if (written > room)
        {
            return DiskFault.WrongLength;
        }

        if (status[0] is VirtioBlk.VIRTIO_BLK_S_IOERR or VirtioBlk.VIRTIO_BLK_S_UNSUPP)
        {
            return DiskFault.RequestFailed;
        }

        if (status[0] != VirtioBlk.VIRTIO_BLK_S_OK)
        {
            return DiskFault.BadStatus;
        }

        if (written != room)
        {
            return DiskFault.WrongLength;
        }

        if (data.Length > 0)
        {
            TPlatform.CopyOut(QueueLayout.Data, data);
        }

        // The copy is made before the next request's stores let the device write over it.
        TPlatform.OrderLoads();
        return DiskFault.None;
    }

    private static void Describe(ushort index, int offset, int length, ushort flags)
    {
        Span<byte> descriptor = stackalloc byte[DescriptorSize];
        BinaryPrimitives.WriteUInt64LittleEndian(descriptor, TPlatform.Address + (ulong)offset);
        BinaryPrimitives.WriteUInt32LittleEndian(descriptor[8..], (uint)length);
        BinaryPrimitives.WriteUInt16LittleEndian(descriptor[12..], flags);
        BinaryPrimitives.WriteUInt16LittleEndian(descriptor[14..], (flags & VIRTQ_DESC_F_NEXT) != 0 ? (ushort)(index + 1) : (ushort)0);
        TPlatform.CopyIn(QueueLayout.Descriptors + (index * DescriptorSize), descriptor);
    }
}
