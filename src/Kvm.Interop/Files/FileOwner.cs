using Kvm.Interop.Native;
using Kvm.Interop.Native.Uapi;

namespace Kvm.Interop.Files;

/// <summary>Whose a file is and who may change it (statx(2)).</summary>
/// <param name="User">The owner.</param>
/// <param name="Group">Its group.</param>
/// <param name="Mode">The permission bits.</param>
/// <param name="Kind">Regular file, device, pipe….</param>
/// <param name="Links">Names that it has; 0 for one that only descriptors lead to.</param>
public sealed record FileOwner(uint User, uint Group, UnixFileMode Mode, FileKind Kind, uint Links)
{
    private const uint Mask =
        FileConstants.STATX_TYPE | FileConstants.STATX_MODE | FileConstants.STATX_UID | FileConstants.STATX_GID | FileConstants.STATX_NLINK;

    /// <summary>Of an open file.</summary>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public static FileOwner Of(FileDescriptor file)
    {
        ArgumentNullException.ThrowIfNull(file);
        bool added = false;
        try
        {
            file.DangerousAddRef(ref added);
            Libc.Check(Libc.Statx(file.Number, "", FileConstants.AT_EMPTY_PATH, Mask, out statx status), "statx", file);
            return From(status);
        }
        finally
        {
            if (added)
            {
                file.DangerousRelease();
            }
        }
    }

    /// <summary>Of what a path leads to; null where nothing is or it cannot be seen.</summary>
    public static FileOwner? Of(string path) => Libc.Statx(FileConstants.AT_FDCWD, path, 0, Mask, out statx status) < 0 ? null : From(status);

    /// <summary>Gives a file, not what a symbolic link leads to, to another user and group (lchown(2)).</summary>
    /// <exception cref="LinuxException">EPERM without CAP_CHOWN.</exception>
    public static void Change(string path, uint user, uint group) => Libc.Check(Libc.lchown(path, user, group), $"lchown({user}, {group})", path);

    private static FileOwner From(statx status) =>
        new(status.stx_uid, status.stx_gid, (UnixFileMode)(status.stx_mode & 0xfff), (status.stx_mode & FileConstants.S_IFMT) switch
        {
            FileConstants.S_IFREG => FileKind.Regular,
            FileConstants.S_IFBLK => FileKind.BlockDevice,
            FileConstants.S_IFDIR => FileKind.Directory,
            FileConstants.S_IFSOCK => FileKind.Socket,
            _ => FileKind.Other,
        }, status.stx_nlink);
}
