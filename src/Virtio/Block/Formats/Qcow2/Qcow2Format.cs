namespace Virtio.Block.Formats.Qcow2;

/// <summary>Numbers of the qcow2 format (QEMU docs/interop/qcow2.rst); all fields are big-endian.</summary>
internal static class Qcow2Format
{
    /// <summary>"QFI\xfb".</summary>
    public const uint Magic = 0x514649fb;

    public const int HeaderSizeV2 = 72;
    public const int HeaderSizeV3 = 104;
    public const int CompressionTypeOffset = 104;
    public const int MinClusterBits = 9;
    public const int MaxClusterBits = 21;
    public const int MaxRefcountOrder = 6;
    public const int RefcountOrderV2 = 4;
    public const int EntrySize = 8;

    // Where in the header lie the fields that change in a disk's life.
    public const int SizeOffset = 24;
    public const int L1SizeOffset = 36;
    public const int RefcountTableOffsetOffset = 48;
    public const int IncompatibleFeaturesOffset = 72;
    public const int AutoclearFeaturesOffset = 88;

    public const ulong IncompatibleDirty = 1 << 0;
    public const ulong IncompatibleCorrupt = 1 << 1;
    public const ulong IncompatibleDataFile = 1 << 2;
    public const ulong IncompatibleCompression = 1 << 3;
    public const ulong IncompatibleExtendedL2 = 1 << 4;

    public const uint ExtensionEnd = 0;
    public const uint ExtensionBackingFormat = 0xe2792aca;
    public const uint ExtensionFeatureNames = 0x6803f857;

    public const byte CompressionZlib = 0;
    public const byte CompressionZstd = 1;

    /// <summary>Bits 9 to 55 of an entry of the L1, L2 and refcount tables: an offset in the file.</summary>
    public const ulong OffsetMask = 0x00ff_ffff_ffff_fe00;

    /// <summary>The cluster or table has exactly one reference.</summary>
    public const ulong OflagCopied = 1UL << 63;

    public const ulong OflagCompressed = 1UL << 62;
    public const ulong OflagZero = 1;

    // What QEMU reads at most (block/qcow2.h).
    public const int MaxL1Bytes = 32 << 20;
    public const int MaxRefcountTableBytes = 8 << 20;
    public const int MaxSnapshots = 65536;
    public const int MaxSnapshotExtra = 1024;
    public const int MaxBackingName = 1023;

    /// <summary>The most tables of any kind that are remembered as such; 512 TiB of disk with clusters of 64 KiB.</summary>
    public const int MaxTables = 1 << 20;

    /// <summary>The longest chain of backing files.</summary>
    public const int MaxChain = 10;
}
