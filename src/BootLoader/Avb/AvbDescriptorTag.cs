namespace BootLoader.Avb;

/// <summary>What a descriptor describes (libavb, avb_descriptor.h).</summary>
public enum AvbDescriptorTag : ulong
{
    /// <summary>A name and a value.</summary>
    Property = 0,

    /// <summary>A partition verified block by block.</summary>
    Hashtree = 1,

    /// <summary>A partition verified whole.</summary>
    Hash = 2,

    /// <summary>Parameters for the kernel.</summary>
    KernelCmdline = 3,

    /// <summary>A partition with a vbmeta of its own, and the key that signs it.</summary>
    ChainPartition = 4,
}
