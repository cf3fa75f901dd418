using System.Buffers.Binary;

namespace Virtio.Net;

/// <summary><c>struct virtio_net_config</c> (virtio 1.3, section 5.1.4): read by vCPU threads while the device's thread changes it.</summary>
internal sealed class NetConfiguration(MacAddress mac, ushort pairs, ushort mtu)
{
    private const int Size = 12;

    private ulong _mac = mac.Value;
    private int _linkUp = 1;

    /// <summary>The address that frames come to.</summary>
    internal MacAddress Mac
    {
        get => new(Volatile.Read(ref _mac));
        set => Volatile.Write(ref _mac, value.Value);
    }

    /// <summary>The state of the link.</summary>
    internal bool LinkUp => Volatile.Read(ref _linkUp) != 0;

    /// <summary>Sets the state of the link.</summary>
    /// <returns>Whether it was another.</returns>
    internal bool SetLink(bool up) => Interlocked.Exchange(ref _linkUp, up ? 1 : 0) != (up ? 1 : 0);

    /// <summary>Copies out; bytes beyond the end are 0.</summary>
    internal void Read(int offset, Span<byte> data)
    {
        Span<byte> bytes = stackalloc byte[Size];
        Mac.Write(bytes);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[6..], LinkUp ? VirtioNet.VIRTIO_NET_S_LINK_UP : (ushort)0);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[8..], pairs);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[10..], mtu);
        data.Clear();
        if (offset >= 0 && offset < Size)
        {
            ReadOnlySpan<byte> rest = bytes[offset..];
            rest[..Math.Min(rest.Length, data.Length)].CopyTo(data);
        }
    }
}
