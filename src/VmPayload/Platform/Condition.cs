namespace VmPayload.Platform;

/// <summary>A condition variable of libc, in memory that does not move: all zero is PTHREAD_COND_INITIALIZER (glibc, 48 bytes).</summary>
internal unsafe struct Condition
{
#pragma warning disable CS0169, CA1823 // libc's own.
    private fixed ulong _words[6];
#pragma warning restore CS0169, CA1823

    /// <summary>Waits for <see cref="WakeAll"/>, without the mutex meanwhile; may also return without a reason.</summary>
    internal void Wait(ref Mutex mutex)
    {
        fixed (Condition* self = &this)
        {
            fixed (Mutex* held = &mutex)
            {
                _ = Libc.WaitCondition(self, held);
            }
        }
    }

    internal void WakeAll()
    {
        fixed (Condition* self = &this)
        {
            _ = Libc.BroadcastCondition(self);
        }
    }
}
