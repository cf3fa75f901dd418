using Kvm.Interop.Native;

namespace Kvm.Interop.Files;

/// <summary>Whose a file is (chown(2)).</summary>
public static class FileOwner
{
    /// <summary>Gives a file to a user and a group.</summary>
    /// <param name="path">The file; symbolic links are followed.</param>
    /// <param name="user">The user's number.</param>
    /// <param name="group">The group's number.</param>
    /// <exception cref="LinuxException">It is not there, or the process may not (EPERM).</exception>
    public static void Set(string path, uint user, uint group) => Libc.Check(Libc.chown(path, user, group), "chown", path);
}
