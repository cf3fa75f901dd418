using System.Globalization;
using Kvm.Interop.Native;
using Kvm.Interop.Native.Uapi;

namespace Kvm.Interop.Files;

/// <summary>The group that owns a file, for hints about permissions.</summary>
internal static class UnixGroup
{
    /// <summary>The owning group's name in /etc/group, its number where it has none there, or <c>kvm</c> where the file tells nothing.</summary>
    internal static string OwnerOf(string path)
    {
        if (Libc.Statx(FileConstants.AT_FDCWD, path, 0, FileConstants.STATX_GID, out statx status) < 0)
        {
            return "kvm";
        }

        string number = status.stx_gid.ToString(CultureInfo.InvariantCulture);
        return NameIn("/etc/group", number) ?? number;
    }

    /// <summary>Finds a group number in a file of lines <c>name:password:number:members</c> (group(5)).</summary>
    internal static string? NameIn(string groupFile, string number)
    {
        try
        {
            return File.ReadLines(groupFile).Select(line => line.Split(':')).FirstOrDefault(f => f.Length >= 3 && f[2] == number)?[0];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
