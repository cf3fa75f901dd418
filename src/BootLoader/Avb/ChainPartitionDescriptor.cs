using System.Buffers.Binary;

namespace BootLoader.Avb;

/// <summary>A partition whose own vbmeta another key signs (libavb, avb_chain_partition_descriptor.h). Shared with the firmware.</summary>
public readonly ref struct ChainPartitionDescriptor
{
    /// <summary>Bytes from the tag to the partition's name.</summary>
    public const int FixedSize = 92;

    /// <summary>AVB_CHAIN_PARTITION_DESCRIPTOR_FLAGS_DO_NOT_USE_AB: the partition's name gets no slot suffix.</summary>
    public const uint DoNotUseAb = 1;

    /// <summary>Where the device keeps that vbmeta's rollback index; from 1 up.</summary>
    public uint RollbackIndexLocation { get; private init; }

    /// <summary><see cref="DoNotUseAb"/>.</summary>
    public uint Flags { get; private init; }

    /// <summary>The partition's name, UTF-8, without slot suffix.</summary>
    public ReadOnlySpan<byte> PartitionName { get; private init; }

    /// <summary>The key that must have signed it (<see cref="AvbPublicKey"/>).</summary>
    public ReadOnlySpan<byte> PublicKey { get; private init; }

    /// <summary>Reads a descriptor; false when it is of another kind or not well formed.</summary>
    public static bool TryRead(scoped in AvbDescriptor descriptor, out ChainPartitionDescriptor chain)
    {
        chain = default;
        ReadOnlySpan<byte> bytes = descriptor.Bytes;
        if (descriptor.Tag != AvbDescriptorTag.ChainPartition || bytes.Length < FixedSize)
        {
            return false;
        }

        ReadOnlySpan<byte> rest = bytes[FixedSize..];
        if (!AvbDescriptorText.TryTake(ref rest, BinaryPrimitives.ReadUInt32BigEndian(bytes[20..]), out ReadOnlySpan<byte> name) ||
            !AvbDescriptorText.TryTake(ref rest, BinaryPrimitives.ReadUInt32BigEndian(bytes[24..]), out ReadOnlySpan<byte> key))
        {
            return false;
        }

        chain = new ChainPartitionDescriptor
        {
            RollbackIndexLocation = BinaryPrimitives.ReadUInt32BigEndian(bytes[16..]),
            Flags = BinaryPrimitives.ReadUInt32BigEndian(bytes[28..]),
            PartitionName = name,
            PublicKey = key,
        };
        return true;
    }
}
