namespace VmPayload.Platform;

/// <summary>A condition variable of libc, in memory that does not move: all zero is PTHREAD_COND_INITIALIZER (glibc, 48 bytes).</summary>
internal unsafe struct PthreadCondition
{
#pragma warning disable CS0169, CA1823 // libc's own.
    private fixed ulong _words[6];
#pragma warning restore CS0169, CA1823

    /// <summary>Waits for <see cref="WakeAll"/>, without the mutex meanwhile; may also return without a reason.</summary>
    internal void Wait(ref PthreadMutex mutex)
    {
        fixed (PthreadCondition* self = &this)
        {
            fixed (PthreadMutex* held = &mutex)
            {
                _ = Libc.WaitCondition(self, held);
            }
        }
    }

    internal void WakeAll()
    {
        fixed (PthreadCondition* self = &this)
        {
            _ = Libc.BroadcastCondition(self);
        }
    }
}
