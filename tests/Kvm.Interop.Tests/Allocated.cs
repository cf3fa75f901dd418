namespace Kvm.Interop.Tests;

/// <summary>Counts what a piece of code allocates on the managed heap.</summary>
internal static class Allocated
{
    /// <summary>Bytes that the calling thread allocates in 1,000 runs, after runs that let everything be compiled.</summary>
    internal static long By(Action action)
    {
        for (int i = 0; i < 100; i++)
        {
            action();
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
        {
            action();
        }

        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
