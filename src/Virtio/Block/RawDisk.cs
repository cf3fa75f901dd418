using System.Runtime.InteropServices;
using Kvm.Interop;
using Kvm.Interop.Files;

namespace Virtio.Block;

/// <summary>A disk whose bytes are those of a file or block device.</summary>
public sealed unsafe class RawDisk : IDisk
{
    private const ulong SectorSize = 512;
    private const uint PageSize = 4096;
    private const int ZeroesLength = 256 * 1024;

    private readonly DiskDescriptor _file;
    private byte* _zeroes;
    private ulong _size;

    /// <param name="file">The file; disposed with the disk.</param>
    /// <param name="readOnly">Never written.</param>
    /// <param name="direct">The file was opened with O_DIRECT.</param>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public RawDisk(DiskDescriptor file, bool readOnly, bool direct)
    {
        ArgumentNullException.ThrowIfNull(file);
        _file = file;
        _size = file.Size / SectorSize * SectorSize;
        IsReadOnly = readOnly;
        Alignment = direct ? ProbeAlignment(file) : 0;
    }

    /// <inheritdoc/>
    public ulong Size => Volatile.Read(ref _size);

    /// <inheritdoc/>
    public bool IsReadOnly { get; }

    /// <summary>What buffers, offsets and lengths must be multiples of (O_DIRECT); 0: anything goes.</summary>
    public uint Alignment { get; }

    /// <summary>The file.</summary>
    internal FileDescriptor File => _file;

    /// <inheritdoc/>
    public DiskExtent Locate(ulong offset, ulong length, bool forWrite) => new(DiskExtentKind.File, length, _file, offset);

    /// <inheritdoc/>
    public int Read(ReadOnlySpan<IoVector> vectors, ulong offset) => FileTransfer.ReadAll(_file, vectors, offset);

    /// <inheritdoc/>
    public int Write(ReadOnlySpan<IoVector> vectors, ulong offset) => IsReadOnly ? Errno.EROFS : FileTransfer.WriteAll(_file, vectors, offset);

    /// <inheritdoc/>
    public int Flush() => IsReadOnly ? 0 : FileSpace.Flush(_file);

    /// <inheritdoc/>
    public int Discard(ulong offset, ulong length)
    {
        if (IsReadOnly)
        {
            return Errno.EROFS;
        }

        int error = _file.IsBlockDevice ? FileSpace.Discard(_file, offset, length) : FileSpace.PunchHole(_file, offset, length);
        return IsMissing(error) ? 0 : error;
    }

    /// <inheritdoc/>
    public int WriteZeroes(ulong offset, ulong length, bool mayUnmap)
    {
        if (IsReadOnly)
        {
            return Errno.EROFS;
        }

        int error = mayUnmap ? FileSpace.PunchHole(_file, offset, length) : FileSpace.Zero(_file, offset, length);
        if (IsMissing(error) && mayUnmap)
        {
            error = FileSpace.Zero(_file, offset, length);
        }

        return IsMissing(error) ? FillWithZeroes(offset, length) : error;
    }

    /// <inheritdoc/>
    public int Resize(ulong size)
    {
        if (IsReadOnly)
        {
            return Errno.EROFS;
        }

        if (size == 0 || size % SectorSize != 0 || size > long.MaxValue)
        {
            return Errno.EINVAL;
        }

        try
        {
            // A block device has the size that it has; what was changed on the host can be taken over.
            int error = !_file.IsBlockDevice ? FileSpace.Resize(_file, size) : size > _file.Size ? Errno.ENOSPC : 0;
            if (error == 0)
            {
                Volatile.Write(ref _size, size);
            }

            return error;
        }
        catch (LinuxException e)
        {
            return e.Errno;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _file.Dispose();
        NativeMemory.AlignedFree(_zeroes);
        _zeroes = null;
    }

    private static bool IsMissing(int error) => error is Errno.EOPNOTSUPP or Errno.ENOSYS or Errno.ENOTTY;

    /// <summary>Asks by trying: 512 where a read of one sector works, otherwise a page, which works everywhere.</summary>
    private static uint ProbeAlignment(DiskDescriptor file)
    {
        byte* buffer = (byte*)NativeMemory.AlignedAlloc(PageSize, PageSize);
        try
        {
            // SAFETY: 512 bytes at 512 from the start of a page that is freed below.
            return FileTransfer.Read(file, [new IoVector(buffer + SectorSize, (nuint)SectorSize)], SectorSize) >= 0 ? (uint)SectorSize : PageSize;
        }
        finally
        {
            NativeMemory.AlignedFree(buffer);
        }
    }

    private int FillWithZeroes(ulong offset, ulong length)
    {
        byte* zeroes = Zeroes();
        int error = 0;
        while (length > 0 && error == 0)
        {
            ulong run = Math.Min(length, ZeroesLength);
            // SAFETY: run is at most the buffer's length; the buffer lives as long as the disk.
            error = FileTransfer.WriteAll(_file, [new IoVector(zeroes, (nuint)run)], offset);
            offset += run;
            length -= run;
        }

        return error;
    }

    private byte* Zeroes()
    {
        lock (_file)
        {
            if (_zeroes is null)
            {
                _zeroes = (byte*)NativeMemory.AlignedAlloc(ZeroesLength, PageSize);
                NativeMemory.Clear(_zeroes, ZeroesLength);
            }

            return _zeroes;
        }
    }
}
