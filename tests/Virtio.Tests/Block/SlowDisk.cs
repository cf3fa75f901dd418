using Kvm.Interop.Files;
using Virtio.Block;

namespace Virtio.Tests.Block;

/// <summary>A disk that answers when the test lets it.</summary>
internal sealed class SlowDisk(IDisk inner) : WrappedDisk(inner)
{
    /// <summary>Answer.</summary>
    internal ManualResetEventSlim Go { get; } = new();

    /// <summary>How many wait.</summary>
    internal int Waiting => Volatile.Read(ref _waiting);

    private int _waiting;

    public override DiskExtent Locate(ulong offset, ulong length, bool forWrite) => new(DiskExtentKind.Blocking, length);

    public override int Read(ReadOnlySpan<IoVector> vectors, ulong offset)
    {
        Interlocked.Increment(ref _waiting);
        Go.Wait();
        return base.Read(vectors, offset);
    }
}
