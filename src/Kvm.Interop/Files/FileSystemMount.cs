using Kvm.Interop.Native;
using Kvm.Interop.Native.Glibc;

namespace Kvm.Interop.Files;

/// <summary>Mounted file systems (mount(2), umount2(2)).</summary>
public static class FileSystemMount
{
    /// <summary>Mounts a file system.</summary>
    /// <param name="source">The block device, or what the type takes.</param>
    /// <param name="target">An existing directory.</param>
    /// <param name="type">The file system's name in /proc/filesystems.</param>
    /// <param name="flags">Flags of mount(2).</param>
    /// <param name="options">The type's own options; null for none.</param>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public static void Attach(string source, string target, string type, MountFlags flags, string? options = null) =>
        Libc.Check(Libc.mount(source, target, type, (nuint)flags, options), $"mount({type})", $"{source} at {target}");

    /// <summary>Unmounts the file system on top of a directory.</summary>
    /// <param name="target">The directory.</param>
    /// <param name="lazily">Take it out of the tree now and let it go when nobody uses it any more (MNT_DETACH).</param>
    /// <exception cref="LinuxException">It is in use (EBUSY), or nothing is mounted there (EINVAL).</exception>
    public static void Detach(string target, bool lazily = false) =>
        Libc.Check(Libc.umount2(target, lazily ? LibcConstants.MNT_DETACH : 0), "umount2", target);

    /// <summary>Writes everything of a file system to its device.</summary>
    /// <param name="path">A file or directory in it.</param>
    /// <exception cref="LinuxException">The device failed.</exception>
    public static void Synchronize(string path)
    {
        using PosixFile file = PosixFile.Open(path, OpenFlags.O_RDONLY);
        Libc.Check(Libc.syncfs(file), "syncfs", file);
    }
}
