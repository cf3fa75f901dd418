namespace BootLoader.Verity;

/// <summary>What a check of a whole image against its hash tree found.</summary>
public enum DmVerityVerdict
{
    /// <summary>Data, tree and root belong together.</summary>
    Genuine,

    /// <summary>The data does not give the root.</summary>
    DataDiffers,

    /// <summary>The data gives the root, but the tree in the image is not its own: the kernel would refuse to read.</summary>
    TreeDiffers,
}
