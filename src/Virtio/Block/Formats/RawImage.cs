using Kvm.Interop;
using Kvm.Interop.Files;

namespace Virtio.Block.Formats;

/// <summary>A raw image that is only read, under an image of another format.</summary>
internal sealed class RawImage(FileDescriptor file) : IDisk
{
    // Bytes behind the last whole sector are no part of a disk.
    private const ulong SectorMask = 511;

    public ulong Size { get; } = ImageFile.Length(file) & ~SectorMask;

    public bool IsReadOnly => true;

    public DiskExtent Locate(ulong offset, ulong length, bool forWrite) =>
        forWrite ? new(DiskExtentKind.Blocking, length) : new(DiskExtentKind.File, length, file, offset);

    public int Read(ReadOnlySpan<IoVector> vectors, ulong offset)
    {
        VectorCursor cursor = new(vectors);
        return FileIo.Read(file, ref cursor, offset, cursor.Remaining);
    }

    public int Write(ReadOnlySpan<IoVector> vectors, ulong offset) => Errno.EROFS;

    public int Flush() => 0;

    public int Discard(ulong offset, ulong length) => Errno.EROFS;

    public int WriteZeroes(ulong offset, ulong length, bool mayUnmap) => Errno.EROFS;

    public int Resize(ulong size) => Errno.EROFS;

    public void Dispose() => file.Dispose();
}
