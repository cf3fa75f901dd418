namespace VmPayload.Platform;

/// <summary>A mutex of libc, in memory that does not move: all zero is PTHREAD_MUTEX_INITIALIZER (glibc, 48 bytes on ARM64, 40 elsewhere).</summary>
internal unsafe struct PthreadMutex
{
#pragma warning disable CS0169, CA1823 // libc's own.
    private fixed ulong _words[6];
#pragma warning restore CS0169, CA1823

    // SAFETY of all: the structure lies in memory from Libc.Allocate, so that its address stays the same.
    internal void Lock()
    {
        fixed (PthreadMutex* self = &this)
        {
            _ = Libc.LockMutex(self);
        }
    }

    internal void Unlock()
    {
        fixed (PthreadMutex* self = &this)
        {
            _ = Libc.UnlockMutex(self);
        }
    }
}
