using System.Runtime.InteropServices;
using Kvm.Interop.Native;
using Kvm.Interop.Native.Glibc;

namespace Kvm.Interop.Threads;

/// <summary>The signal that takes a thread out of the system call it waits in.</summary>
/// <remarks>
/// SIGRTMIN is the runtime's own, so this is SIGRTMIN+4. Its handler must be native, since managed code cannot run in a signal handler, and must do
/// nothing: it is the C library's getppid, which is async-signal-safe, ignores the arguments a handler gets and has no effect. SA_RESTART lets a call
/// that is not meant to end (a read, a lock) go on; KVM_RUN and poll(2) return EINTR all the same.
/// </remarks>
public static unsafe class KickSignal
{
    private static readonly int s_number = Install();

    /// <summary>The signal's number; the handler is in place once this was read.</summary>
    public static int Number => s_number;

    /// <summary>Lets the calling thread receive the signal, should the program that started this one have blocked it.</summary>
    internal static void Unblock()
    {
        sigset_t set = default;
        Libc.Check(Libc.sigaddset(&set, Number), "sigaddset", $"signal {Number}");
        int errno = Libc.pthread_sigmask(LibcConstants.SIG_UNBLOCK, &set, null);
        if (errno != 0)
        {
            throw new LinuxException("pthread_sigmask", $"signal {Number}", errno);
        }
    }

    /// <summary>Sends the signal to a thread of this process.</summary>
    /// <returns>0 or the error number: ESRCH when there is no such thread, EAGAIN when the user's signal queue is full.</returns>
    internal static int Send(int thread) =>
        Libc.tgkill(Environment.ProcessId, thread, Number) == 0 ? 0 : Marshal.GetLastPInvokeError();

    private static int Install()
    {
        int number = Libc.__libc_current_sigrtmin() + 4;
        sigaction action = new()
        {
            sa_handler = (void*)NativeLibrary.GetExport(NativeLibrary.GetMainProgramHandle(), "getppid"),
            sa_flags = LibcConstants.SA_RESTART,
        };
        Libc.Check(Libc.sigaction(number, &action, null), "sigaction", $"signal {number}");
        return number;
    }
}
