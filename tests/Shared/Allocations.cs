namespace Shared;

/// <summary>Counts what code allocates on the managed heap of the calling thread.</summary>
/// <remarks>
/// A collection takes what is left of a thread's allocation buffer away, and that then counts as allocated. Tests run side by side, so a measurement
/// that a collection fell into says nothing and is made again.
/// </remarks>
internal static class Allocations
{
    private const int Attempts = 1000;

    /// <summary>Bytes that one run allocates. The code runs again, perhaps often, where a collection falls into the run.</summary>
    internal static long Of(Action action)
    {
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            int collections = GC.CollectionCount(0);
            long before = GC.GetAllocatedBytesForCurrentThread();
            action();
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            if (GC.CollectionCount(0) == collections)
            {
                return allocated;
            }
        }

        throw new InvalidOperationException($"a collection fell into each of {Attempts} runs: the code is too long to be measured beside other tests");
    }

    /// <summary>Bytes that 1,000 runs allocate, after runs that let everything be compiled.</summary>
    internal static long OfThousand(Action action)
    {
        for (int i = 0; i < 100; i++)
        {
            action();
        }

        long allocated = 0;
        for (int block = 0; block < 10; block++)
        {
            allocated += Of(() =>
            {
                for (int i = 0; i < 100; i++)
                {
                    action();
                }
            });
        }

        return allocated;
    }
}
