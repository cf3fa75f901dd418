namespace Virtio.Block;

/// <summary>What a block device has done; written by its thread, read by any.</summary>
public sealed class BlockStatistics
{
    private long _requests;
    private long _readBytes;
    private long _writtenBytes;

    /// <summary>Requests taken from the queues.</summary>
    public long Requests => Volatile.Read(ref _requests);

    /// <summary>Bytes that the guest has read.</summary>
    public long ReadBytes => Volatile.Read(ref _readBytes);

    /// <summary>Bytes that the guest has written.</summary>
    public long WrittenBytes => Volatile.Read(ref _writtenBytes);

    internal void AddRequest() => Volatile.Write(ref _requests, _requests + 1);

    internal void AddTransfer(BlockRequest request, byte status)
    {
        if (status != VirtioBlk.VIRTIO_BLK_S_OK)
        {
            return;
        }

        if (request.Type == VirtioBlk.VIRTIO_BLK_T_IN)
        {
            Volatile.Write(ref _readBytes, _readBytes + request.Length);
        }
        else if (request.Type == VirtioBlk.VIRTIO_BLK_T_OUT)
        {
            Volatile.Write(ref _writtenBytes, _writtenBytes + request.Length);
        }
    }
}
