using System.Buffers.Binary;

namespace BootLoader.Avb;

/// <summary>A partition that dm-verity verifies block by block (libavb, avb_hashtree_descriptor.h). Shared with the firmware.</summary>
public readonly ref struct HashtreeDescriptor
{
    /// <summary>Bytes from the tag to the partition's name.</summary>
    public const int FixedSize = 180;

    /// <summary>AVB_HASHTREE_DESCRIPTOR_FLAGS_DO_NOT_USE_AB: the partition's name gets no slot suffix.</summary>
    public const uint DoNotUseAb = 1;

    /// <summary>AVB_HASHTREE_DESCRIPTOR_FLAGS_CHECK_AT_MOST_ONCE: dm-verity looks at each block once.</summary>
    public const uint CheckAtMostOnce = 2;

    /// <summary>The on-disk version of dm-verity: 1.</summary>
    public uint DmVerityVersion { get; private init; }

    /// <summary>Bytes of the image that the tree covers.</summary>
    public ulong ImageSize { get; private init; }

    /// <summary>Where the tree lies in the image, in bytes.</summary>
    public ulong TreeOffset { get; private init; }

    /// <summary>Bytes of the tree.</summary>
    public ulong TreeSize { get; private init; }

    /// <summary>Bytes of a data block.</summary>
    public uint DataBlockSize { get; private init; }

    /// <summary>Bytes of a hash block.</summary>
    public uint HashBlockSize { get; private init; }

    /// <summary>Roots of the forward error correction; 0 for none.</summary>
    public uint FecRoots { get; private init; }

    /// <summary>Where the error correction lies, in bytes.</summary>
    public ulong FecOffset { get; private init; }

    /// <summary>Bytes of the error correction.</summary>
    public ulong FecSize { get; private init; }

    /// <summary>The name of the hash: <c>sha256</c>, <c>sha512</c>, <c>sha1</c>.</summary>
    public ReadOnlySpan<byte> Algorithm { get; private init; }

    /// <summary><see cref="DoNotUseAb"/>, <see cref="CheckAtMostOnce"/>.</summary>
    public uint Flags { get; private init; }

    /// <summary>The partition's name, UTF-8, without slot suffix.</summary>
    public ReadOnlySpan<byte> PartitionName { get; private init; }

    /// <summary>Hashed before each block; may be empty.</summary>
    public ReadOnlySpan<byte> Salt { get; private init; }

    /// <summary>The digest of the topmost block; empty when the device keeps it itself.</summary>
    public ReadOnlySpan<byte> RootDigest { get; private init; }

    /// <summary>Reads a descriptor; false when it is of another kind or not well formed.</summary>
    public static bool TryRead(scoped in AvbDescriptor descriptor, out HashtreeDescriptor hashtree)
    {
        hashtree = default;
        ReadOnlySpan<byte> bytes = descriptor.Bytes;
        if (descriptor.Tag != AvbDescriptorTag.Hashtree || bytes.Length < FixedSize ||
            !AvbDescriptorText.TryReadAlgorithm(bytes[72..], out ReadOnlySpan<byte> algorithm))
        {
            return false;
        }

        ReadOnlySpan<byte> rest = bytes[FixedSize..];
        if (!AvbDescriptorText.TryTake(ref rest, BinaryPrimitives.ReadUInt32BigEndian(bytes[104..]), out ReadOnlySpan<byte> name) ||
            !AvbDescriptorText.TryTake(ref rest, BinaryPrimitives.ReadUInt32BigEndian(bytes[108..]), out ReadOnlySpan<byte> salt) ||
            !AvbDescriptorText.TryTake(ref rest, BinaryPrimitives.ReadUInt32BigEndian(bytes[112..]), out ReadOnlySpan<byte> root))
        {
            return false;
        }

        hashtree = new HashtreeDescriptor
        {
            DmVerityVersion = BinaryPrimitives.ReadUInt32BigEndian(bytes[16..]),
            ImageSize = BinaryPrimitives.ReadUInt64BigEndian(bytes[20..]),
            TreeOffset = BinaryPrimitives.ReadUInt64BigEndian(bytes[28..]),
            TreeSize = BinaryPrimitives.ReadUInt64BigEndian(bytes[36..]),
            DataBlockSize = BinaryPrimitives.ReadUInt32BigEndian(bytes[44..]),
            HashBlockSize = BinaryPrimitives.ReadUInt32BigEndian(bytes[48..]),
            FecRoots = BinaryPrimitives.ReadUInt32BigEndian(bytes[52..]),
            FecOffset = BinaryPrimitives.ReadUInt64BigEndian(bytes[56..]),
            FecSize = BinaryPrimitives.ReadUInt64BigEndian(bytes[64..]),
            Algorithm = algorithm,
            Flags = BinaryPrimitives.ReadUInt32BigEndian(bytes[116..]),
            PartitionName = name,
            Salt = salt,
            RootDigest = root,
        };
        return true;
    }
}
