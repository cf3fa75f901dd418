using Kvm.Interop.Files;
using Virtio.Block;

namespace Virtio.Tests.Block;

/// <summary>A disk that passes everything on, for tests that change one thing.</summary>
internal abstract class WrappedDisk(IDisk inner) : IDisk
{
    public ulong Size => inner.Size;

    public bool IsReadOnly => inner.IsReadOnly;

    public virtual DiskExtent Locate(ulong offset, ulong length, bool forWrite) => inner.Locate(offset, length, forWrite);

    public virtual int Read(ReadOnlySpan<IoVector> vectors, ulong offset) => inner.Read(vectors, offset);

    public virtual int Write(ReadOnlySpan<IoVector> vectors, ulong offset) => inner.Write(vectors, offset);

    public virtual int Flush() => inner.Flush();

    public virtual int Discard(ulong offset, ulong length) => inner.Discard(offset, length);

    public virtual int WriteZeroes(ulong offset, ulong length, bool mayUnmap) => inner.WriteZeroes(offset, length, mayUnmap);

    public virtual int Resize(ulong size) => inner.Resize(size);

    public virtual void Dispose() => inner.Dispose();
}
