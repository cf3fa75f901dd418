using BootLoader.Avb;

namespace MicrodroidInit.Verified;

/// <summary>The hash tree of the system, with numbers that dm-verity can be given.</summary>
public readonly ref struct SystemHashtree
{
    /// <summary>Bytes of a block of data and of hashes.</summary>
    public const int BlockSize = 4096;

    private const int SectorSize = BootLoader.Blocks.Sectors.Size;

    /// <summary>Bytes of the longest salt; tools make them of 32.</summary>
    public const int MaxSalt = 64;

    private SystemHashtree(scoped in HashtreeDescriptor descriptor)
    {
        DataBlocks = descriptor.ImageSize / BlockSize;
        FirstHashBlock = descriptor.TreeOffset / BlockSize;
        Sectors = (descriptor.TreeOffset + descriptor.TreeSize) / SectorSize;
        RootDigest = descriptor.RootDigest;
        Salt = descriptor.Salt;
    }

    /// <summary>Blocks of the image.</summary>
    public ulong DataBlocks { get; }

    /// <summary>The image's sectors, which are those of the verified device.</summary>
    public ulong DataSectors => DataBlocks * (BlockSize / SectorSize);

    /// <summary>The block that the tree begins with.</summary>
    public ulong FirstHashBlock { get; }

    /// <summary>Sectors up to the end of the tree.</summary>
    public ulong Sectors { get; }

    /// <summary>The digest of the topmost block, 32 bytes.</summary>
    public ReadOnlySpan<byte> RootDigest { get; }

    /// <summary>Hashed before each block; may be empty.</summary>
    public ReadOnlySpan<byte> Salt { get; }

    /// <summary>Finds the hash tree of the partition system in a vbmeta that was verified.</summary>
    /// <param name="vbmeta">The vbmeta.</param>
    /// <param name="hashtree">The hash tree; usable when nothing is wrong.</param>
    public static InitFault Find(ReadOnlySpan<byte> vbmeta, out SystemHashtree hashtree)
    {
        hashtree = default;
        VbmetaResult result = VbmetaImage.Open(vbmeta, out VbmetaImage image);
        if (result != VbmetaResult.Ok)
        {
            return new InitFault(InitError.BadVbmeta, (int)result);
        }

        if (image.Header.Flags != 0)
        {
            return new InitFault(InitError.VerificationDisabled, (long)image.Header.Flags);
        }

        HashtreeDescriptor found = default;
        int trees = 0, count = 0;
        AvbDescriptorEnumerator descriptors = image.Descriptors;
        while (descriptors.MoveNext())
        {
            count++;
            if (descriptors.Current.Tag != AvbDescriptorTag.Hashtree)
            {
                continue;
            }

            if (!HashtreeDescriptor.TryRead(descriptors.Current, out HashtreeDescriptor descriptor))
            {
                return new InitFault(InitError.BadVbmeta, count);
            }

            if (descriptor.PartitionName.SequenceEqual("system"u8))
            {
                found = descriptor;
                trees++;
            }
        }

        if (descriptors.IsMalformed || trees != 1)
        {
            return new InitFault(descriptors.IsMalformed ? InitError.BadVbmeta : trees == 0 ? InitError.NoHashtree : InitError.TwoHashtrees, count);
        }

        HashtreeFault fault = Check(found);
        if (fault != HashtreeFault.None)
        {
            return new InitFault(InitError.BadHashtree, (int)fault);
        }

        hashtree = new SystemHashtree(found);
        return default;
    }

    // The limits keep every sum below 2^63. Error correction is not used, and "check at most once" is not obeyed: the host has the disk for as long as
    // the guest runs.
    private static HashtreeFault Check(in HashtreeDescriptor descriptor)
    {
        const ulong Farthest = 1UL << 62;
        return descriptor.DmVerityVersion != 1 ? HashtreeFault.Version
            : descriptor.DataBlockSize != BlockSize || descriptor.HashBlockSize != BlockSize ? HashtreeFault.BlockSize
            : !descriptor.Algorithm.SequenceEqual("sha256"u8) ? HashtreeFault.Algorithm
            : descriptor.RootDigest.Length != Sha256Digest.Size ? HashtreeFault.RootDigest
            : descriptor.Salt.Length > MaxSalt ? HashtreeFault.Salt
            : descriptor.ImageSize is 0 or > Farthest || descriptor.ImageSize % BlockSize != 0 ? HashtreeFault.ImageSize
            : descriptor.TreeOffset < descriptor.ImageSize || descriptor.TreeOffset > Farthest || descriptor.TreeOffset % BlockSize != 0 ||
                descriptor.TreeSize is 0 or > Farthest || descriptor.TreeSize % BlockSize != 0 ? HashtreeFault.Tree
            : HashtreeFault.None;
    }
}
