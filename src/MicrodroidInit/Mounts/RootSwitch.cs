namespace MicrodroidInit.Mounts;

/// <summary>Makes the verified system the root.</summary>
public static class RootSwitch
{
    private const int MaxPath = 64;

    private static ReadOnlySpan<byte> NewRoot => "/system"u8;

    /// <summary>Mounts the system, moves the kernel's file systems there and leaves the initrd behind.</summary>
    /// <param name="minor">The N of the system's /dev/dm-N.</param>
    public static InitFault Switch<TSystem>(uint minor)
        where TSystem : struct, ISystem
    {
        const uint Mode = 0x1ed; // 0755
        int result = TSystem.MakeDirectory(NewRoot, Mode);
        if (result < 0 && result != -LinuxAbi.EEXIST)
        {
            return new InitFault(InitError.MakeDirectory, result);
        }

        var device = new AsciiText(stackalloc byte[MaxPath]);
        device.Add("/dev/dm-"u8);
        device.Add(minor);
        result = TSystem.Mount(device.Bytes, NewRoot, "erofs"u8, LinuxAbi.MS_RDONLY | LinuxAbi.MS_NOSUID | LinuxAbi.MS_NODEV, default);
        if (result < 0)
        {
            return new InitFault(InitError.MountSystem, result);
        }

        result = Move<TSystem>("/dev"u8);
        result = result < 0 ? result : Move<TSystem>("/proc"u8);
        result = result < 0 ? result : Move<TSystem>("/sys"u8);

        // The root that the kernel began with cannot be unmounted; the system is put on top of it (switch_root(8)).
        result = result < 0 ? result : TSystem.ChangeDirectory(NewRoot);
        result = result < 0 ? result : TSystem.Mount("."u8, "/"u8, default, LinuxAbi.MS_MOVE, default);
        result = result < 0 ? result : TSystem.ChangeRoot("."u8);
        result = result < 0 ? result : TSystem.ChangeDirectory("/"u8);
        return result < 0 ? new InitFault(InitError.SwitchRoot, result) : default;
    }

    private static int Move<TSystem>(ReadOnlySpan<byte> mount)
        where TSystem : struct, ISystem
    {
        var target = new AsciiText(stackalloc byte[MaxPath]);
        target.Add(NewRoot);
        target.Add(mount);
        return TSystem.Mount(mount, target.Bytes, default, LinuxAbi.MS_MOVE, default);
    }
}
