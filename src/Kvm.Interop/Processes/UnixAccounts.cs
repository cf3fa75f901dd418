using System.Runtime.InteropServices;
using Kvm.Interop.Native;
using Kvm.Interop.Native.Glibc;

namespace Kvm.Interop.Processes;

/// <summary>The system's users and groups, from wherever the C library gets them (nsswitch.conf(5)).</summary>
/// <remarks>A package that wraps these calls brings a native library of its own, which a single-file program would have to unpack at each start.</remarks>
public static unsafe class UnixAccounts
{
    private const int LargestEntry = 1 << 20;

    /// <summary>The user whom this process acts as.</summary>
    public static uint User => Libc.geteuid();

    /// <summary>The group that this process acts as.</summary>
    public static uint Group => Libc.getegid();

    /// <summary>All groups of this process, <see cref="Group"/> among them.</summary>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public static IReadOnlyList<uint> Groups
    {
        get
        {
            int count = Libc.Check(Libc.getgroups(0, null), "getgroups", "this process");
            uint[] groups = new uint[count];
            // SAFETY: the array is pinned for the call and has the room that is said.
            fixed (uint* pointer = groups)
            {
                count = Libc.Check(Libc.getgroups(count, pointer), "getgroups", "this process");
            }

            return [.. groups.AsSpan(0, count).ToArray().Append(Group).Distinct()];
        }
    }

    /// <summary>A user's name; null where there is none of that number.</summary>
    public static string? UserName(uint user)
    {
        string? name = null;
        WithBuffer((buffer, size) =>
        {
            passwd entry;
            passwd* result;
            int error = Libc.getpwuid_r(user, &entry, buffer, size, &result);
            name = result is null ? null : Marshal.PtrToStringUTF8((nint)entry.pw_name);
            return error;
        });
        return name;
    }

    /// <summary>The group of a user's own, the one in the user's entry; null where there is no such user.</summary>
    public static uint? PrimaryGroupOf(uint user)
    {
        uint? group = null;
        WithBuffer((buffer, size) =>
        {
            passwd entry;
            passwd* result;
            int error = Libc.getpwuid_r(user, &entry, buffer, size, &result);
            group = result is null ? null : entry.pw_gid;
            return error;
        });
        return group;
    }

    /// <summary>The groups that a user has when logging in; none where there is no such user.</summary>
    public static IReadOnlyList<uint> GroupsOf(uint user)
    {
        if (UserName(user) is not { } name || PrimaryGroupOf(user) is not { } primary)
        {
            return [];
        }

        byte* text = (byte*)Marshal.StringToCoTaskMemUTF8(name);
        try
        {
            uint[] groups = new uint[64];
            while (true)
            {
                int count = groups.Length;
                // SAFETY: the array is pinned for the call and has the room that is said.
                fixed (uint* pointer = groups)
                {
                    if (Libc.getgrouplist(text, primary, pointer, &count) >= 0)
                    {
                        return groups[..count];
                    }
                }

                groups = new uint[Math.Max(count, 2 * groups.Length)];
            }
        }
        finally
        {
            Marshal.FreeCoTaskMem((nint)text);
        }
    }

    /// <summary>A group's number; null where there is none of that name.</summary>
    public static uint? GroupNumber(string name)
    {
        uint? number = null;
        WithBuffer((buffer, size) =>
        {
            group entry;
            group* result;
            int error = Libc.getgrnam_r(name, &entry, buffer, size, &result);
            number = result is null ? null : entry.gr_gid;
            return error;
        });
        return number;
    }

    /// <summary>A group's name; null where there is none of that number.</summary>
    public static string? GroupName(uint number)
    {
        string? name = null;
        WithBuffer((buffer, size) =>
        {
            group entry;
            group* result;
            int error = Libc.getgrgid_r(number, &entry, buffer, size, &result);
            name = result is null ? null : Marshal.PtrToStringUTF8((nint)entry.gr_name);
            return error;
        });
        return name;
    }

    private delegate int Query(byte* buffer, nuint size);

    /// <summary>Asks with more and more room for the strings, while the library says that it needs more.</summary>
    private static void WithBuffer(Query query)
    {
        for (int size = 1024; size <= LargestEntry; size *= 4)
        {
            // SAFETY: pinned for the call, which keeps nothing of it.
            fixed (byte* buffer = new byte[size])
            {
                if (query(buffer, (nuint)size) != Errno.ERANGE)
                {
                    return;
                }
            }
        }
    }
}
