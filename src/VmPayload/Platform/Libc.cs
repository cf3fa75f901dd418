using System.Runtime;
using System.Runtime.CompilerServices;

namespace VmPayload.Platform;

/// <summary>The functions of libc that this library stands on (POSIX and Linux man pages 2 and 3). The host's tests have the same in their own words.</summary>
internal static unsafe class Libc
{
    /// <summary>The reason of the last failed call of this thread (errno).</summary>
    internal static int Errno => *ErrnoLocation();

    /// <summary>Memory that is zero, or null when there is none (calloc).</summary>
    internal static void* Allocate(int size) => AllocateZeroed(1, (nuint)size);

    /// <summary>Runs a method on a new thread that nobody waits for.</summary>
    /// <returns>False when the system gives no thread.</returns>
    internal static bool StartThread(delegate*<void*, void> run, void* argument)
    {
        nuint thread;
        return CreateThread(&thread, null, (void*)run, argument) == 0 && DetachThread(thread) == 0;
    }

    [RuntimeImport("*", "malloc")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    internal static extern void* AllocateRaw(nuint size);

    [RuntimeImport("*", "free")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    internal static extern void Free(void* memory);

    [RuntimeImport("*", "explicit_bzero")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    internal static extern void Wipe(void* memory, nuint size);

    [RuntimeImport("*", "socket")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    internal static extern int Socket(int domain, int type, int protocol);

    [RuntimeImport("*", "connect")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    internal static extern int Connect(int socket, void* address, uint length);

    [RuntimeImport("*", "bind")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    internal static extern int Bind(int socket, void* address, uint length);

    [RuntimeImport("*", "listen")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    internal static extern int Listen(int socket, int backlog);

    [RuntimeImport("*", "accept4")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    internal static extern int Accept(int socket, void* address, uint* length, int flags);

    [RuntimeImport("*", "setsockopt")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    internal static extern int SetSocketOption(int socket, int level, int name, void* value, uint length);

    [RuntimeImport("*", "send")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    internal static extern nint Send(int socket, void* data, nuint length, int flags);

    [RuntimeImport("*", "recv")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    internal static extern nint Receive(int socket, void* data, nuint length, int flags);

    [RuntimeImport("*", "shutdown")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    internal static extern int Shutdown(int socket, int how);

    [RuntimeImport("*", "close")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    internal static extern int Close(int descriptor);

    [RuntimeImport("*", "getrandom")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    internal static extern nint GetRandom(void* memory, nuint length, uint flags);

    [RuntimeImport("*", "statx")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    internal static extern int StatX(int directory, byte* path, int flags, uint mask, void* status);

    [RuntimeImport("*", "usleep")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    internal static extern int SleepMicroseconds(uint time);

    [RuntimeImport("*", "pthread_self")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    internal static extern nuint CurrentThread();

    [RuntimeImport("*", "pthread_mutex_lock")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    internal static extern int LockMutex(void* mutex);

    [RuntimeImport("*", "pthread_mutex_unlock")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    internal static extern int UnlockMutex(void* mutex);

    [RuntimeImport("*", "pthread_cond_wait")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    internal static extern int WaitCondition(void* condition, void* mutex);

    [RuntimeImport("*", "pthread_cond_broadcast")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    internal static extern int BroadcastCondition(void* condition);

    [RuntimeImport("*", "write")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    internal static extern nint Write(int descriptor, void* data, nuint length);

    [RuntimeImport("*", "abort")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    internal static extern void Abort();

    [RuntimeImport("*", "calloc")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    private static extern void* AllocateZeroed(nuint count, nuint size);

    [RuntimeImport("*", "__errno_location")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    private static extern int* ErrnoLocation();

    [RuntimeImport("*", "pthread_create")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    private static extern int CreateThread(nuint* thread, void* attributes, void* run, void* argument);

    [RuntimeImport("*", "pthread_detach")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    private static extern int DetachThread(nuint thread);
}
