namespace MicrodroidInit;

/// <summary>One line for each error, for who reads it on the host. Constants: nothing secret and nothing computed.</summary>
public static class InitErrorText
{
    /// <summary>The line, in ASCII and without its end. A number follows it.</summary>
    public static ReadOnlySpan<byte> Of(InitError error) => error switch
    {
        InitError.None => default,
        InitError.MakeDirectory => "a directory to mount on cannot be made, error"u8,
        InitError.MountKernelFiles => "proc, sysfs or devtmpfs cannot be mounted, error"u8,
        InitError.ReadBootconfig => "/proc/bootconfig cannot be read, error"u8,
        InitError.BootconfigTooLong => "/proc/bootconfig is too long, more bytes than"u8,
        InitError.BadBootconfig => "the bootconfig has a bad value for a parameter of this system, in line"u8,
        InitError.NoVbmetaDigest => "the bootconfig lacks androidboot.vbmeta.size, .hash_alg or .digest, of 3 it has"u8,
        InitError.ListDisks => "/sys/class/block cannot be read, error"u8,
        InitError.NoVbmetaPartition => "no disk has a partition vbmeta_a, waited ms"u8,
        InitError.TwoVbmetaPartitions => "there is not one partition vbmeta_a but at least"u8,
        InitError.NoSuperPartition => "no disk has a partition super, waited ms"u8,
        InitError.TwoSuperPartitions => "there is not one partition super but at least"u8,
        InitError.OpenVbmeta => "vbmeta_a cannot be opened, error"u8,
        InitError.ReadVbmeta => "vbmeta_a cannot be read, error"u8,
        InitError.VbmetaTooShort => "vbmeta_a is shorter than the bootconfig says, bytes"u8,
        InitError.VbmetaDigest => "vbmeta_a has not the digest in the bootconfig, bytes"u8,
        InitError.BadVbmeta => "the vbmeta is malformed, fault"u8,
        InitError.VerificationDisabled => "the vbmeta turns verification off, flags"u8,
        InitError.NoHashtree => "the vbmeta has no hash tree of system, descriptors"u8,
        InitError.TwoHashtrees => "the vbmeta has two hash trees of system, descriptors"u8,
        InitError.BadHashtree => "the hash tree of system is not supported, fault"u8,
        InitError.OpenSuper => "super cannot be opened, error"u8,
        InitError.BadSuper => "the metadata of super or its partition system_a is refused, fault"u8,
        InitError.BadSystemPartition => "system_a is too small or has extents that are not supported, sectors"u8,
        InitError.OpenDeviceMapper => "/dev/mapper/control cannot be opened, error"u8,
        InitError.DeviceMapperTable => "a device mapper table does not fit, bytes"u8,
        InitError.MapBase => "the device mapper does not make system_a-base, error"u8,
        InitError.MapVerity => "the device mapper does not make system_a, error"u8,
        InitError.MountSystem => "the system cannot be mounted, error"u8,
        InitError.SwitchRoot => "the system cannot become the root, error"u8,
        InitError.MountTemporary => "a file system in memory cannot be mounted, error"u8,
        InitError.OpenConsole => "neither console nor /dev/null can be opened, error"u8,
        InitError.StartManager => "microdroid_manager cannot be started, error"u8,
        InitError.ManagerKilled => "microdroid_manager was ended by signal"u8,
        InitError.ManagerFailed => "microdroid_manager ended with status"u8,
        _ => "unknown fault"u8,
    };
}
