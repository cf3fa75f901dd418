using System.Runtime.InteropServices;

namespace Virtio.Vsock;

/// <summary><c>struct virtio_vsock_hdr</c> of linux/virtio_vsock.h, little-endian, without padding (virtio 1.3, section 5.10.6).</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct VsockHeader
{
    /// <summary>Its length in bytes.</summary>
    internal const int Size = 44;

    internal ulong SourceCid;
    internal ulong DestinationCid;
    internal uint SourcePort;
    internal uint DestinationPort;

    /// <summary>Bytes of payload behind the header.</summary>
    internal uint Length;

    /// <summary>VIRTIO_VSOCK_TYPE_…</summary>
    internal ushort Type;

    /// <summary>VIRTIO_VSOCK_OP_…</summary>
    internal ushort Operation;

    internal uint Flags;

    /// <summary>Bytes that the sender can hold for this connection.</summary>
    internal uint BufferSize;

    /// <summary>Bytes, modulo 2^32, that have left the sender's buffer to its application.</summary>
    internal uint ForwardCount;
}
