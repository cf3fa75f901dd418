using System.Runtime.InteropServices;
using Kvm.Interop.Native;
using Kvm.Interop.Native.Glibc;

namespace Kvm.Interop.Processes;

/// <summary>Signals to processes that are no children (kill(2)).</summary>
public static class ProcessSignal
{
    /// <summary>Ends a process at once (SIGKILL); nothing happens when it has ended.</summary>
    /// <param name="process">Its number. The caller makes sure that the number is still this process's.</param>
    /// <exception cref="LinuxException">The process may not be ended (EPERM).</exception>
    public static void Kill(int process)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(process, 2); // 1 is init; 0 and less are groups.
        if (Libc.kill(process, LibcConstants.SIGKILL) < 0 && Marshal.GetLastPInvokeError() != Errno.ESRCH)
        {
            LinuxException.ThrowLast("kill(SIGKILL)", $"process {process}");
        }
    }
}
