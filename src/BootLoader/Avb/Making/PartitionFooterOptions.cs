using BootLoader.Verity;

namespace BootLoader.Avb.Making;

/// <summary>What an image becomes when a footer is added.</summary>
public sealed class PartitionFooterOptions
{
    /// <summary>The partition's name, without slot suffix.</summary>
    public required string PartitionName { get; init; }

    /// <summary>Bytes of the partition, a multiple of 4096; null to make it as small as is possible.</summary>
    public long? PartitionSize { get; init; }

    /// <summary>The hash of the image.</summary>
    public DmVerityHash Hash { get; init; } = DmVerityHash.Sha256;

    /// <summary>Hashed before the image.</summary>
    public ReadOnlyMemory<byte> Salt { get; init; }

    /// <summary>Bytes of a block of a hash tree.</summary>
    public int BlockSize { get; init; } = 4096;

    /// <summary>Whether the partition's name gets no slot suffix.</summary>
    public bool DoNotUseAb { get; init; }

    /// <summary>Whether dm-verity looks at each block only once.</summary>
    public bool CheckAtMostOnce { get; init; }

    /// <summary>Whether kernel parameters that mount the partition as root are added, for a hash tree.</summary>
    public bool SetupAsRootfs { get; init; }
}
