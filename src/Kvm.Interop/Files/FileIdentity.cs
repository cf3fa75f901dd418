using Kvm.Interop.Native;
using Kvm.Interop.Native.Uapi;

namespace Kvm.Interop.Files;

/// <summary>Which file a path names, so that a later look can tell whether it is still the same one (statx(2)).</summary>
/// <param name="Device">The device that holds it: major number in the upper half, minor in the lower.</param>
/// <param name="Inode">Its number on that device.</param>
/// <param name="IsSocket">Whether it is a socket.</param>
public sealed record FileIdentity(ulong Device, ulong Inode, bool IsSocket)
{
    /// <summary>The file at a path, a symbolic link itself and not what it points to; null where there is none or it cannot be seen.</summary>
    public static FileIdentity? Of(string path)
    {
        const uint Mask = FileConstants.STATX_TYPE | FileConstants.STATX_INO;
        return Libc.Statx(FileConstants.AT_FDCWD, path, FileConstants.AT_SYMLINK_NOFOLLOW, Mask, out statx status) < 0
            ? null
            : new FileIdentity(
                ((ulong)status.stx_dev_major << 32) | status.stx_dev_minor,
                status.stx_ino,
                (status.stx_mode & FileConstants.S_IFMT) == FileConstants.S_IFSOCK);
    }
}
