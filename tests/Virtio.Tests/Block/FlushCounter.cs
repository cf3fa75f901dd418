using Virtio.Block;

namespace Virtio.Tests.Block;

/// <summary>Counts flushes.</summary>
internal sealed class FlushCounter(IDisk inner) : WrappedDisk(inner)
{
    private int _flushes;

    internal int Flushes => Volatile.Read(ref _flushes);

    public override int Flush()
    {
        Interlocked.Increment(ref _flushes);
        return base.Flush();
    }
}
