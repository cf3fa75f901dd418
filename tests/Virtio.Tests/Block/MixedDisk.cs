using Virtio.Block;

namespace Virtio.Tests.Block;

/// <summary>
/// A disk in runs of odd lengths, each in the file, through blocking calls, or zeros that lie nowhere until they are written, as a format has them.
/// It fails a test where places are used while they may move.
/// </summary>
internal sealed class MixedDisk(IDisk inner) : WrappedDisk(inner)
{
    private const ulong Run = 1536;
    private readonly HashSet<ulong> _written = [];

    /// <summary>How often a range was given back or zeroed.</summary>
    internal int Moves { get; private set; }

    public override DiskExtent Locate(ulong offset, ulong length, bool forWrite)
    {
        ulong run = offset / Run;
        ulong rest = Math.Min(length, Run - (offset % Run));
        lock (_written)
        {
            if (_written.Contains(run))
            {
                return run % 2 == 0 ? base.Locate(offset, rest, forWrite) : new DiskExtent(DiskExtentKind.Blocking, rest);
            }

            if (!forWrite)
            {
                return new DiskExtent(DiskExtentKind.Zero, rest);
            }

            _written.Add(run);
            return new DiskExtent(DiskExtentKind.Blocking, rest);
        }
    }

    public override int Discard(ulong offset, ulong length)
    {
        Moves++;
        return base.WriteZeroes(offset, length, mayUnmap: true);
    }

    public override int WriteZeroes(ulong offset, ulong length, bool mayUnmap)
    {
        Moves++;
        return base.WriteZeroes(offset, length, mayUnmap);
    }
}
