using System.Buffers;
using System.Runtime.ExceptionServices;

namespace BootLoader.Sources;

/// <summary>Reads a source in chunks on several threads: hashing is what takes the time, and chunks are hashed apart.</summary>
internal static class SourceChunks
{
    /// <summary>What is done with a chunk, on any thread.</summary>
    /// <param name="index">Which one.</param>
    /// <param name="bytes">Its bytes; only the last chunk has fewer than the others.</param>
    public delegate void Use(int index, ReadOnlySpan<byte> bytes);

    /// <summary>Goes through all chunks, in no order.</summary>
    /// <param name="source">What is read.</param>
    /// <param name="size">Bytes of a chunk.</param>
    /// <param name="use">Called once for each.</param>
    /// <param name="progress">Told the bytes of each chunk that is done, one call at a time.</param>
    /// <param name="cancellation">Ends it early.</param>
    /// <exception cref="OperationCanceledException">It was ended early.</exception>
    public static void ForEach(RandomAccessSource source, int size, Use use, Action<long>? progress, CancellationToken cancellation)
    {
        int count = (int)((source.Length + size - 1) / size);
        Lock gate = new();
        if (count == 1 || Environment.ProcessorCount == 1)
        {
            // More threads would only have to be made.
            for (int i = 0; i < count; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                Take(i);
            }

            return;
        }

        try
        {
            Parallel.For(0, count, new ParallelOptions { CancellationToken = cancellation }, Take);
        }
        catch (AggregateException several)
        {
            // Callers know the exceptions of reading; the first is as good as all.
            ExceptionDispatchInfo.Throw(several.InnerExceptions[0]);
        }

        void Take(int index)
        {
            long offset = (long)index * size;
            byte[] buffer = ArrayPool<byte>.Shared.Rent(size);
            try
            {
                Span<byte> bytes = buffer.AsSpan(0, (int)Math.Min(size, source.Length - offset));
                source.ReadExactly(offset, bytes);
                use(index, bytes);
                if (progress is not null)
                {
                    lock (gate)
                    {
                        progress(bytes.Length);
                    }
                }
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }
}
