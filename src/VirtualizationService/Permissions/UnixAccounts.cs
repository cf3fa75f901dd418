using System.Runtime.InteropServices;
using Mono.Unix.Native;

namespace VirtualizationService.Permissions;

/// <summary>The system's users and groups, from wherever the C library gets them (nsswitch.conf(5)).</summary>
internal static partial class UnixAccounts
{
    /// <summary>The user whom this process acts as.</summary>
    public static uint User => Syscall.geteuid();

    /// <summary>The group that this process acts as.</summary>
    public static uint Group => Syscall.getegid();

    /// <summary>All groups of this process, <see cref="Group"/> among them.</summary>
    /// <exception cref="InvalidOperationException">The kernel refused.</exception>
    public static IReadOnlyList<uint> Groups
    {
        get
        {
            uint[] groups = new uint[Count(Syscall.getgroups(0, []))];
            Count(Syscall.getgroups(groups.Length, groups));
            return [.. groups.Append(Group).Distinct()];
        }
    }

    /// <summary>A user's name; null where there is none of that number.</summary>
    public static string? UserName(uint user) => Syscall.getpwuid(user)?.pw_name;

    /// <summary>The group of a user's own, the one in the user's entry; null where there is no such user.</summary>
    public static uint? PrimaryGroupOf(uint user) => Syscall.getpwuid(user)?.pw_gid;

    /// <summary>The groups that a user has when logging in; none where there is no such user.</summary>
    public static IReadOnlyList<uint> GroupsOf(uint user)
    {
        if (Syscall.getpwuid(user) is not { } entry)
        {
            return [];
        }

        uint[] groups = new uint[64];
        while (true)
        {
            int count = groups.Length;
            if (getgrouplist(entry.pw_name, entry.pw_gid, groups, ref count) >= 0)
            {
                return groups[..count];
            }

            groups = new uint[Math.Max(count, 2 * groups.Length)];
        }
    }

    /// <summary>A group's number; null where there is none of that name.</summary>
    public static uint? GroupNumber(string name) => Syscall.getgrnam(name)?.gr_gid;

    /// <summary>A group's name; null where there is none of that number.</summary>
    public static string? GroupName(uint number) => Syscall.getgrgid(number)?.gr_name;

    private static int Count(int answer) =>
        answer >= 0 ? answer : throw new InvalidOperationException($"getgroups of this process: {Stdlib.GetLastError()}");

    // Mono.Posix would go through all groups one after another, which a directory of a company's users need not answer.
    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int getgrouplist(string user, uint group, [Out] uint[] groups, ref int count);
}
