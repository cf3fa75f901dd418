using System.Runtime.InteropServices;

namespace VmPayload.Platform;

/// <summary>This machine's libc, as the library's own Libc has the guest's; it counts what is allocated.</summary>
internal static unsafe partial class Libc
{
    private static long s_live;
    private static long s_failAfter = long.MaxValue;

    internal static int Errno => Marshal.GetLastPInvokeError();

    /// <summary>Blocks that were allocated and not freed.</summary>
    internal static long Live => Interlocked.Read(ref s_live);

    /// <summary>From now on there is memory for so many blocks.</summary>
    internal static void FailAllocationsAfter(long blocks) => Interlocked.Exchange(ref s_failAfter, blocks);

    internal static void* Allocate(int size) => TakeBlock() ? NativeMemory.AllocZeroed((nuint)size) : null;

    internal static void* AllocateRaw(nuint size) => TakeBlock() ? NativeMemory.Alloc(size) : null;

    internal static void Free(void* memory)
    {
        if (memory != null)
        {
            _ = Interlocked.Decrement(ref s_live);
            NativeMemory.Free(memory);
        }
    }

    internal static bool StartThread(delegate*<void*, void> run, void* argument)
    {
        nint entry = (nint)run;
        nint given = (nint)argument;
        new Thread(() => ((delegate*<void*, void>)entry)((void*)given)) { IsBackground = true }.Start();
        return true;
    }

    internal static void Abort() => throw new AbortException("abort");

    internal static nuint CurrentThread() => (nuint)Environment.CurrentManagedThreadId;

    [LibraryImport("libc", EntryPoint = "explicit_bzero")]
    internal static partial void Wipe(void* memory, nuint size);

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    internal static partial int Socket(int domain, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "connect", SetLastError = true)]
    internal static partial int Connect(int socket, void* address, uint length);

    [LibraryImport("libc", EntryPoint = "bind", SetLastError = true)]
    internal static partial int Bind(int socket, void* address, uint length);

    [LibraryImport("libc", EntryPoint = "listen", SetLastError = true)]
    internal static partial int Listen(int socket, int backlog);

    [LibraryImport("libc", EntryPoint = "accept4", SetLastError = true)]
    internal static partial int Accept(int socket, void* address, uint* length, int flags);

    [LibraryImport("libc", EntryPoint = "setsockopt", SetLastError = true)]
    internal static partial int SetSocketOption(int socket, int level, int name, void* value, uint length);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    internal static partial nint Send(int socket, void* data, nuint length, int flags);

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    internal static partial nint Receive(int socket, void* data, nuint length, int flags);

    [LibraryImport("libc", EntryPoint = "shutdown", SetLastError = true)]
    internal static partial int Shutdown(int socket, int how);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    internal static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "getrandom", SetLastError = true)]
    internal static partial nint GetRandom(void* memory, nuint length, uint flags);

    [LibraryImport("libc", EntryPoint = "usleep")]
    internal static partial int SleepMicroseconds(uint time);

    [LibraryImport("libc", EntryPoint = "pthread_mutex_lock")]
    internal static partial int LockMutex(void* mutex);

    [LibraryImport("libc", EntryPoint = "pthread_mutex_unlock")]
    internal static partial int UnlockMutex(void* mutex);

    [LibraryImport("libc", EntryPoint = "pthread_cond_wait")]
    internal static partial int WaitCondition(void* condition, void* mutex);

    [LibraryImport("libc", EntryPoint = "pthread_cond_broadcast")]
    internal static partial int BroadcastCondition(void* condition);

    private static bool TakeBlock()
    {
        if (Interlocked.Decrement(ref s_failAfter) < 0)
        {
            return false;
        }

        _ = Interlocked.Increment(ref s_live);
        return true;
    }
}
