using System.Runtime.InteropServices;
using Kvm.Interop.Native.Glibc;

namespace Kvm.Interop.Native;

/// <content>sigaction(2), pthread_sigmask(3), tgkill(2), kill(2).</content>
internal static unsafe partial class Libc
{
    /// <summary>The first real-time signal that the C library leaves to programs (SIGRTMIN).</summary>
    [LibraryImport(LibraryName)]
    internal static partial int __libc_current_sigrtmin();

    [LibraryImport(LibraryName, SetLastError = true)]
    internal static partial int sigaction(int signal, sigaction* action, sigaction* previous);

    [LibraryImport(LibraryName)]
    internal static partial int pthread_sigmask(int how, sigset_t* set, sigset_t* previous);

    [LibraryImport(LibraryName, SetLastError = true)]
    internal static partial int sigaddset(sigset_t* set, int signal);

    [LibraryImport(LibraryName, SetLastError = true)]
    internal static partial int tgkill(int process, int thread, int signal);

    [LibraryImport(LibraryName, SetLastError = true)]
    internal static partial int kill(int process, int signal);
}
