using System.Buffers.Binary;

namespace BootLoader.Avb;

/// <summary>A partition that is verified whole: digest = H(salt ‖ image) (libavb, avb_hash_descriptor.h). Shared with the firmware.</summary>
public readonly ref struct HashDescriptor
{
    /// <summary>Bytes from the tag to the partition's name.</summary>
    public const int FixedSize = 132;

    /// <summary>AVB_HASH_DESCRIPTOR_FLAGS_DO_NOT_USE_AB: the partition's name gets no slot suffix.</summary>
    public const uint DoNotUseAb = 1;

    /// <summary>Bytes of the image that are hashed.</summary>
    public ulong ImageSize { get; private init; }

    /// <summary>The name of the hash: <c>sha256</c>, <c>sha512</c>.</summary>
    public ReadOnlySpan<byte> Algorithm { get; private init; }

    /// <summary><see cref="DoNotUseAb"/>.</summary>
    public uint Flags { get; private init; }

    /// <summary>The partition's name, UTF-8, without slot suffix.</summary>
    public ReadOnlySpan<byte> PartitionName { get; private init; }

    /// <summary>Hashed before the image; may be empty.</summary>
    public ReadOnlySpan<byte> Salt { get; private init; }

    /// <summary>The digest; empty when the device keeps it itself.</summary>
    public ReadOnlySpan<byte> Digest { get; private init; }

    /// <summary>Reads a descriptor; false when it is of another kind or not well formed.</summary>
    public static bool TryRead(scoped in AvbDescriptor descriptor, out HashDescriptor hash)
    {
        hash = default;
        ReadOnlySpan<byte> bytes = descriptor.Bytes;
        if (descriptor.Tag != AvbDescriptorTag.Hash || bytes.Length < FixedSize ||
            !AvbDescriptorText.TryReadAlgorithm(bytes[24..], out ReadOnlySpan<byte> algorithm))
        {
            return false;
        }

        ReadOnlySpan<byte> rest = bytes[FixedSize..];
        if (!AvbDescriptorText.TryTake(ref rest, BinaryPrimitives.ReadUInt32BigEndian(bytes[56..]), out ReadOnlySpan<byte> name) ||
            !AvbDescriptorText.TryTake(ref rest, BinaryPrimitives.ReadUInt32BigEndian(bytes[60..]), out ReadOnlySpan<byte> salt) ||
            !AvbDescriptorText.TryTake(ref rest, BinaryPrimitives.ReadUInt32BigEndian(bytes[64..]), out ReadOnlySpan<byte> digest))
        {
            return false;
        }

        hash = new HashDescriptor
        {
            ImageSize = BinaryPrimitives.ReadUInt64BigEndian(bytes[16..]),
            Algorithm = algorithm,
            Flags = BinaryPrimitives.ReadUInt32BigEndian(bytes[68..]),
            PartitionName = name,
            Salt = salt,
            Digest = digest,
        };
        return true;
    }
}
