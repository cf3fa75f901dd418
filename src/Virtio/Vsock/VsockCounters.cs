namespace Virtio.Vsock;

/// <summary>What has passed through a user-space vsock device since it was made. Written by the device's thread, read by any.</summary>
public sealed class VsockCounters
{
    private long _packetsToGuest;
    private long _bytesToGuest;
    private long _packetsFromGuest;
    private long _bytesFromGuest;
    private int _connections;

    /// <summary>Packets put into the guest's receive queue.</summary>
    public long PacketsToGuest => Volatile.Read(ref _packetsToGuest);

    /// <summary>Bytes of payload in them.</summary>
    public long BytesToGuest => Volatile.Read(ref _bytesToGuest);

    /// <summary>Packets taken from the guest's transmit queue, those that were refused included.</summary>
    public long PacketsFromGuest => Volatile.Read(ref _packetsFromGuest);

    /// <summary>Bytes of payload that were taken from them.</summary>
    public long BytesFromGuest => Volatile.Read(ref _bytesFromGuest);

    /// <summary>Connections there are, those that are being made or ended included.</summary>
    public int Connections => Volatile.Read(ref _connections);

    internal void ToGuest(uint bytes)
    {
        Volatile.Write(ref _packetsToGuest, _packetsToGuest + 1);
        Volatile.Write(ref _bytesToGuest, _bytesToGuest + bytes);
    }

    internal void FromGuest() => Volatile.Write(ref _packetsFromGuest, _packetsFromGuest + 1);

    internal void PayloadFromGuest(uint bytes) => Volatile.Write(ref _bytesFromGuest, _bytesFromGuest + bytes);

    internal void SetConnections(int count) => Volatile.Write(ref _connections, count);
}
