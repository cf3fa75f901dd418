namespace Virtio.Block;

/// <summary>What a block device has moved; written by its thread, read by any.</summary>
internal sealed class BlockCounters
{
    private long _reads;
    private long _readBytes;
    private long _writes;
    private long _writtenBytes;

    internal DeviceCounters Total =>
        new(Volatile.Read(ref _reads), Volatile.Read(ref _readBytes), Volatile.Read(ref _writes), Volatile.Read(ref _writtenBytes));

    /// <summary>Counts a request that succeeded; of other types than reads and writes none.</summary>
    internal void Add(BlockRequest request)
    {
        // One writer: no addition can be lost, and no lock prefix is paid for.
        if (request.Type == VirtioBlk.VIRTIO_BLK_T_IN)
        {
            Volatile.Write(ref _reads, _reads + 1);
            Volatile.Write(ref _readBytes, _readBytes + request.Length);
        }
        else if (request.Type == VirtioBlk.VIRTIO_BLK_T_OUT)
        {
            Volatile.Write(ref _writes, _writes + 1);
            Volatile.Write(ref _writtenBytes, _writtenBytes + request.Length);
        }
    }
}
