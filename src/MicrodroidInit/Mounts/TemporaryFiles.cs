namespace MicrodroidInit.Mounts;

/// <summary>The places of the read-only system that can be written: all of them in memory, and gone with it.</summary>
public static class TemporaryFiles
{
    private const ulong Data = LinuxAbi.MS_NOSUID | LinuxAbi.MS_NODEV;
    private const ulong NoPrograms = Data | LinuxAbi.MS_NOEXEC;

    /// <summary>Mounts them. The sizes are limits: only what is written takes memory.</summary>
    public static InitFault Mount<TSystem>()
        where TSystem : struct, ISystem
    {
        // Sockets and process files of services.
        int result = Mount<TSystem>("/run"u8, NoPrograms, "mode=0755,size=16m"u8);
        result = result < 0 ? result : Mount<TSystem>("/tmp"u8, Data, "mode=1777,size=32m"u8);

        // 128 MiB, as in Android's init.rc of Microdroid.
        result = result < 0 ? result : Mount<TSystem>("/data"u8, Data, "mode=0751,size=128m"u8);

        // Directories to mount on.
        result = result < 0 ? result : Mount<TSystem>("/apex"u8, NoPrograms, "mode=0755,size=1m"u8);
        result = result < 0 ? result : Mount<TSystem>("/mnt/extra-apk"u8, NoPrograms, "mode=0755,size=1m"u8);
        result = result < 0 ? result : MountInDevices<TSystem>("/dev/shm"u8, "tmpfs"u8, "mode=1777,size=32m"u8);

        // Group 5 is tty.
        result = result < 0 ? result : MountInDevices<TSystem>("/dev/pts"u8, "devpts"u8, "mode=0620,gid=5,ptmxmode=0666"u8);
        return result < 0 ? new InitFault(InitError.MountTemporary, result) : default;
    }

    private static int Mount<TSystem>(ReadOnlySpan<byte> target, ulong flags, ReadOnlySpan<byte> options)
        where TSystem : struct, ISystem => TSystem.Mount("tmpfs"u8, target, "tmpfs"u8, flags, options);

    private static int MountInDevices<TSystem>(ReadOnlySpan<byte> target, ReadOnlySpan<byte> type, ReadOnlySpan<byte> options)
        where TSystem : struct, ISystem
    {
        const uint Mode = 0x1ed; // 0755
        const ulong Flags = LinuxAbi.MS_NOSUID | LinuxAbi.MS_NOEXEC;
        int result = TSystem.MakeDirectory(target, Mode);
        return result < 0 && result != -LinuxAbi.EEXIST
            ? result
            : TSystem.Mount(type, target, type, type.SequenceEqual("tmpfs"u8) ? Flags | LinuxAbi.MS_NODEV : Flags, options);
    }
}
