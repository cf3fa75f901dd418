using System.Buffers.Binary;

namespace Virtio.Vsock;

/// <summary>The guest's address on its host, the context identifier (CID).</summary>
public static class VsockAddress
{
    /// <summary>The first CID that a guest may have; 0 is the hypervisor, 1 the local machine, 2 the host (linux/vm_sockets.h).</summary>
    public const uint FirstGuestCid = 3;

    /// <summary>The last one: 2^32 - 1 means any.</summary>
    public const uint LastGuestCid = uint.MaxValue - 1;

    /// <summary>Whether a guest may have this CID.</summary>
    public static bool IsGuestCid(ulong cid) => cid is >= FirstGuestCid and <= LastGuestCid;

    /// <summary>Reads of the device's configuration: <c>le64 guest_cid</c>, zeros behind it.</summary>
    internal static void ReadConfiguration(uint cid, int offset, Span<byte> data)
    {
        Span<byte> configuration = stackalloc byte[VsockConstants.ConfigurationSize];
        BinaryPrimitives.WriteUInt64LittleEndian(configuration, cid);
        data.Clear();
        if ((uint)offset < VsockConstants.ConfigurationSize)
        {
            ReadOnlySpan<byte> part = configuration[offset..];
            part[..Math.Min(part.Length, data.Length)].CopyTo(data);
        }
    }
}
