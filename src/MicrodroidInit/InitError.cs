namespace MicrodroidInit;

/// <summary>Why the guest's first process gives up.</summary>
public enum InitError
{
    /// <summary>It does not.</summary>
    None,

    /// <summary>A directory to mount on cannot be made.</summary>
    MakeDirectory,

    /// <summary>A kernel file system cannot be mounted.</summary>
    MountKernelFiles,

    /// <summary>/proc/bootconfig cannot be read.</summary>
    ReadBootconfig,

    /// <summary>/proc/bootconfig is longer than any that belongs to this system.</summary>
    BootconfigTooLong,

    /// <summary>A parameter in the bootconfig has a value that it cannot have, or several.</summary>
    BadBootconfig,

    /// <summary>The bootconfig has no size, hash or digest of the vbmeta.</summary>
    NoVbmetaDigest,

    /// <summary>/sys/class/block cannot be read.</summary>
    ListDisks,

    /// <summary>No partition vbmeta_a came up in time.</summary>
    NoVbmetaPartition,

    /// <summary>Two partitions are called vbmeta_a.</summary>
    TwoVbmetaPartitions,

    /// <summary>No partition super came up in time.</summary>
    NoSuperPartition,

    /// <summary>Two partitions are called super.</summary>
    TwoSuperPartitions,

    /// <summary>The partition vbmeta_a cannot be opened.</summary>
    OpenVbmeta,

    /// <summary>The partition vbmeta_a cannot be read.</summary>
    ReadVbmeta,

    /// <summary>The partition vbmeta_a is shorter than the bootconfig says that the vbmeta is.</summary>
    VbmetaTooShort,

    /// <summary>The vbmeta is not the one that the bootconfig names.</summary>
    VbmetaDigest,

    /// <summary>The vbmeta is no well-formed one.</summary>
    BadVbmeta,

    /// <summary>The vbmeta turns verification off.</summary>
    VerificationDisabled,

    /// <summary>The vbmeta has no hash tree of the partition system.</summary>
    NoHashtree,

    /// <summary>The vbmeta has two hash trees of the partition system.</summary>
    TwoHashtrees,

    /// <summary>The hash tree is of a kind or has numbers that are not supported.</summary>
    BadHashtree,

    /// <summary>The partition super cannot be opened.</summary>
    OpenSuper,

    /// <summary>The metadata of super, or of system_a in it, cannot be used.</summary>
    BadSuper,

    /// <summary>The logical partition system_a is smaller than image and hash tree, or has extents that are not supported.</summary>
    BadSystemPartition,

    /// <summary>The device mapper cannot be opened.</summary>
    OpenDeviceMapper,

    /// <summary>A request of the device mapper does not fit.</summary>
    DeviceMapperTable,

    /// <summary>The device mapper did not make system_a-base.</summary>
    MapBase,

    /// <summary>The device mapper did not make system_a.</summary>
    MapVerity,

    /// <summary>The system cannot be mounted.</summary>
    MountSystem,

    /// <summary>The system cannot be made the root.</summary>
    SwitchRoot,

    /// <summary>A file system in memory cannot be mounted.</summary>
    MountTemporary,

    /// <summary>Neither the console nor /dev/null can be opened.</summary>
    OpenConsole,

    /// <summary>The manager cannot be started.</summary>
    StartManager,

    /// <summary>The manager was ended by a signal.</summary>
    ManagerKilled,

    /// <summary>The manager ended with a status that is not 0; it has told the reason itself.</summary>
    ManagerFailed,
}
