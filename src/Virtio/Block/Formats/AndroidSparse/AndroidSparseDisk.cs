using Kvm.Interop;
using Kvm.Interop.Files;

namespace Virtio.Block.Formats.AndroidSparse;

/// <summary>An Android sparse image (<c>img2simg</c>): only read, as crosvm reads it.</summary>
public sealed class AndroidSparseDisk : IDisk
{
    private readonly FileDescriptor _file;
    private readonly SparseIndex _index;
    private readonly PatternFile _pattern = new();

    private AndroidSparseDisk(FileDescriptor file, SparseIndex index)
    {
        _file = file;
        _index = index;
        ZeroFile.Prepare();
    }

    /// <inheritdoc/>
    public ulong Size => _index.Size;

    /// <inheritdoc/>
    public bool IsReadOnly => true;

    /// <summary>Reads the chunk headers of an image.</summary>
    /// <param name="file">The image, open for reading; the disk's from here on, also when this fails.</param>
    /// <exception cref="DiskFormatException">It is no good sparse image.</exception>
    /// <exception cref="LinuxException">It cannot be read.</exception>
    public static AndroidSparseDisk Open(FileDescriptor file)
    {
        try
        {
            return new AndroidSparseDisk(file, SparseIndex.Read(file));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public DiskExtent Locate(ulong offset, ulong length, bool forWrite)
    {
        SparseRun run = _index.Find(offset, out ulong end);
        length = Math.Min(length, end - offset);
        if (forWrite)
        {
            return new DiskExtent(DiskExtentKind.Blocking, length);
        }

        if (run.IsZero)
        {
            return new DiskExtent(DiskExtentKind.Zero, length);
        }

        return run.Type == SparseFormat.CHUNK_TYPE_RAW
            ? new DiskExtent(DiskExtentKind.File, length, _file, run.Value + (offset - run.Start))
            : new DiskExtent(DiskExtentKind.Blocking, length);
    }

    /// <inheritdoc/>
    public int Read(ReadOnlySpan<IoVector> vectors, ulong offset)
    {
        VectorCursor cursor = new(vectors);
        ulong left = cursor.Remaining;
        int error = 0;
        while (left > 0 && error == 0)
        {
            SparseRun run = _index.Find(offset, out ulong end);
            ulong length = Math.Min(left, end - offset);
            ulong within = offset - run.Start;
            error = run.IsZero ? ZeroFile.Read(ref cursor, length)
                : run.Type == SparseFormat.CHUNK_TYPE_RAW ? FileIo.Read(_file, ref cursor, run.Value + within, length)
                : _pattern.Read(ref cursor, (uint)run.Value, (uint)(within % SparseFormat.WordSize), length);
            offset += length;
            left -= length;
        }

        return error;
    }

    /// <inheritdoc/>
    public int Write(ReadOnlySpan<IoVector> vectors, ulong offset) => Errno.EROFS;

    /// <inheritdoc/>
    public int Flush() => 0;

    /// <inheritdoc/>
    public int Discard(ulong offset, ulong length) => Errno.EROFS;

    /// <inheritdoc/>
    public int WriteZeroes(ulong offset, ulong length, bool mayUnmap) => Errno.EROFS;

    /// <inheritdoc/>
    public int Resize(ulong size) => Errno.EROFS;

    /// <inheritdoc/>
    public void Dispose()
    {
        _file.Dispose();
        _pattern.Dispose();
    }
}
