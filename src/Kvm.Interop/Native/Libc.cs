using System.Runtime.InteropServices;
using Kvm.Interop.Files;

namespace Kvm.Interop.Native;

/// <summary>The C library's wrappers of the system calls that a VMM needs, one file for each family of calls.</summary>
/// <remarks>
/// A wrapper spelled in small letters is the C function as it is. One that begins with a capital repeats the call while a signal interrupts it
/// (EINTR): the runtime's own signals reach every thread, so each blocking call meets them.
/// </remarks>
internal static partial class Libc
{
    private const string LibraryName = "libc";

    /// <summary>Whether the last native call of this thread was cut short by a signal.</summary>
    private static bool Interrupted => Marshal.GetLastPInvokeError() == Errno.EINTR;

    /// <summary>Gives a call's result back, or throws what the kernel said, naming the call and its object.</summary>
    internal static int Check(int result, string call, string target)
    {
        if (result < 0)
        {
            LinuxException.ThrowLast(call, target);
        }

        return result;
    }

    /// <inheritdoc cref="Check(int, string, string)"/>
    internal static int Check(int result, string call, FileDescriptor target) => Check(result, call, target.Name);
}
