using System.Runtime.InteropServices;
using Kvm.Interop.Files;
using Kvm.Interop.Native.Glibc;

namespace Kvm.Interop.Native;

/// <content>
/// posix_spawn(3) and its file actions, which return an error number and leave errno alone; pidfd_open(2), pidfd_send_signal(2), waitid(2), pipe2(2).
/// </content>
internal static unsafe partial class Libc
{
    [LibraryImport(LibraryName)]
    internal static partial int posix_spawn_file_actions_init(posix_spawn_file_actions_t* actions);

    [LibraryImport(LibraryName)]
    internal static partial int posix_spawn_file_actions_destroy(posix_spawn_file_actions_t* actions);

    [LibraryImport(LibraryName)]
    internal static partial int posix_spawn_file_actions_adddup2(posix_spawn_file_actions_t* actions, int source, int number);

    [LibraryImport(LibraryName, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int posix_spawn_file_actions_addopen(posix_spawn_file_actions_t* actions, int number, string path, int flags, uint mode);

    [LibraryImport(LibraryName, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t* actions, string path);

    [LibraryImport(LibraryName)]
    internal static partial int posix_spawnattr_init(posix_spawnattr_t* attributes);

    [LibraryImport(LibraryName)]
    internal static partial int posix_spawnattr_destroy(posix_spawnattr_t* attributes);

    [LibraryImport(LibraryName)]
    internal static partial int posix_spawnattr_setflags(posix_spawnattr_t* attributes, short flags);

    [LibraryImport(LibraryName)]
    internal static partial int posix_spawnattr_setpgroup(posix_spawnattr_t* attributes, int group);

    [LibraryImport(LibraryName)]
    internal static partial int posix_spawnattr_setsigdefault(posix_spawnattr_t* attributes, sigset_t* signals);

    [LibraryImport(LibraryName)]
    internal static partial int posix_spawnattr_setsigmask(posix_spawnattr_t* attributes, sigset_t* signals);

    [LibraryImport(LibraryName, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int posix_spawn(
        int* process, string path, posix_spawn_file_actions_t* actions, posix_spawnattr_t* attributes, byte** arguments, byte** environment);

    [LibraryImport(LibraryName)]
    internal static partial int sigfillset(sigset_t* set);

    [LibraryImport(LibraryName, SetLastError = true)]
    internal static partial int pidfd_open(int process, uint flags);

    [LibraryImport(LibraryName, SetLastError = true)]
    internal static partial int pidfd_send_signal(FileDescriptor process, int signal, void* info, uint flags);

    [LibraryImport(LibraryName, SetLastError = true)]
    internal static partial int pipe2(int* ends, int flags);

    /// <summary>waitid(2), again while a signal interrupts it.</summary>
    internal static int WaitId(FileDescriptor process, siginfo_t* info, int options)
    {
        int result;
        do
        {
            result = waitid(LibcConstants.P_PIDFD, process, info, options);
        }
        while (result < 0 && Interrupted);

        return result;
    }

    [LibraryImport(LibraryName, SetLastError = true)]
    private static partial int waitid(int kind, FileDescriptor process, siginfo_t* info, int options);
}
