using System.Runtime.Versioning;
using Kvm.Interop.Native;
using Kvm.Interop.Native.Uapi;

namespace Kvm.Interop.Files;

/// <summary>A directory that nobody but this process's user can look into or change.</summary>
[SupportedOSPlatform("linux")]
public static class PrivateDirectory
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const ushort OthersMode = 0x3f; // rwx of group and others

    /// <summary>The number of the user whom new files belong to.</summary>
    public static uint User => Libc.geteuid();

    /// <summary>Whether a path is a directory of this user alone. A symbolic link is none, wherever it leads.</summary>
    public static bool IsAt(string path)
    {
        const uint Mask = FileConstants.STATX_TYPE | FileConstants.STATX_MODE | FileConstants.STATX_UID;
        return Libc.Statx(FileConstants.AT_FDCWD, path, FileConstants.AT_SYMLINK_NOFOLLOW, Mask, out statx status) == 0
            && (status.stx_mode & FileConstants.S_IFMT) == FileConstants.S_IFDIR
            && (status.stx_mode & OthersMode) == 0
            && status.stx_uid == User;
    }

    /// <summary>Makes a directory of mode 0700 where there is nothing yet.</summary>
    /// <returns>Whether there is a directory of this user alone now; false where something else is in the way or nothing can be made.</returns>
    public static bool TryCreate(string path)
    {
        try
        {
            if (!IsAt(path))
            {
                Directory.CreateDirectory(path, OwnerOnly);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }

        return IsAt(path);
    }
}
