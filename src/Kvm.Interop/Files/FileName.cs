using System.Runtime.InteropServices;
using Kvm.Interop.Native;

namespace Kvm.Interop.Files;

/// <summary>A file's names (link(2)).</summary>
public static class FileName
{
    /// <summary>Gives a file another name in place of its own, unless something has that name already.</summary>
    /// <remarks>
    /// Of several that do it at the same time one succeeds. <see cref="File.Move(string, string, bool)"/> looks whether the name is free and renames then,
    /// so that the last of them would replace what the others have read by that time.
    /// </remarks>
    /// <param name="path">The file.</param>
    /// <param name="name">The new name, on the same file system.</param>
    /// <returns>False when the name is taken; the file has its own still.</returns>
    /// <exception cref="LinuxException">EPERM on a file system without hard links, ENOENT, EACCES….</exception>
    public static bool TryMove(string path, string name)
    {
        if (Libc.link(path, name) == 0)
        {
            File.Delete(path);
            return true;
        }

        if (Marshal.GetLastPInvokeError() != Errno.EEXIST)
        {
            LinuxException.ThrowLast("link", name);
        }

        return false;
    }
}
