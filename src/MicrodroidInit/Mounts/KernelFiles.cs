namespace MicrodroidInit.Mounts;

/// <summary>The kernel's own file systems, in the empty root that the initrd is.</summary>
public static class KernelFiles
{
    private const ulong Restricted = LinuxAbi.MS_NOSUID | LinuxAbi.MS_NODEV | LinuxAbi.MS_NOEXEC;

    /// <summary>Mounts proc, sysfs and devtmpfs.</summary>
    public static InitFault Mount<TSystem>()
        where TSystem : struct, ISystem
    {
        // Devices first: what goes wrong then can be told.
        InitFault fault = Mount<TSystem>("/dev"u8, "devtmpfs"u8, LinuxAbi.MS_NOSUID | LinuxAbi.MS_NOEXEC, "mode=0755"u8);
        if (fault.IsNone)
        {
            fault = Mount<TSystem>("/proc"u8, "proc"u8, Restricted, default);
        }

        return fault.IsNone ? Mount<TSystem>("/sys"u8, "sysfs"u8, Restricted, default) : fault;
    }

    private static InitFault Mount<TSystem>(ReadOnlySpan<byte> target, ReadOnlySpan<byte> type, ulong flags, ReadOnlySpan<byte> options)
        where TSystem : struct, ISystem
    {
        const uint Mode = 0x1ed; // 0755
        int result = TSystem.MakeDirectory(target, Mode);
        if (result < 0 && result != -LinuxAbi.EEXIST)
        {
            return new InitFault(InitError.MakeDirectory, result);
        }

        result = TSystem.Mount(type, target, type, flags, options);
        return result < 0 ? new InitFault(InitError.MountKernelFiles, result) : default;
    }
}
