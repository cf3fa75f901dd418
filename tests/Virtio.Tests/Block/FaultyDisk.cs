using Kvm.Interop;
using Kvm.Interop.Files;
using Virtio.Block;

namespace Virtio.Tests.Block;

/// <summary>A disk whose host fails: every byte lies in one file that refuses (<c>/dev/full</c>, a descriptor that is not open for it).</summary>
internal sealed class FaultyDisk(IDisk inner, FileDescriptor file) : WrappedDisk(inner)
{
    /// <summary>Fail.</summary>
    internal bool IsBroken { get; set; } = true;

    public override DiskExtent Locate(ulong offset, ulong length, bool forWrite) =>
        IsBroken ? new DiskExtent(DiskExtentKind.File, length, file, 0) : base.Locate(offset, length, forWrite);

    public override int Flush() => IsBroken ? Errno.EIO : base.Flush();

    public override int Discard(ulong offset, ulong length) => IsBroken ? Errno.EIO : base.Discard(offset, length);

    public override void Dispose()
    {
        base.Dispose();
        file.Dispose();
    }
}
