using Kvm.Interop.Files;

namespace Virtio.Block;

/// <summary>The content of a disk, whatever its format: an array of bytes that is read, written, flushed and given back.</summary>
/// <remarks>
/// Several threads call at the same time. Ranges lie inside <see cref="Size"/>: the caller has checked them. Results are 0 or a positive errno of
/// <see cref="Kvm.Interop.Errno"/>; nothing throws and nothing is allocated for a request that succeeds, but where a format's metadata grows. What
/// was written before a <see cref="Flush"/> that returned 0 survives the end of this process and of the host.
/// </remarks>
public interface IDisk : IDisposable
{
    /// <summary>Bytes; a multiple of 512. It changes only by <see cref="Resize"/>.</summary>
    ulong Size { get; }

    /// <summary>Writing fails with EROFS.</summary>
    bool IsReadOnly { get; }

    /// <summary>
    /// Where the bytes at an offset lie, so that the caller can read or write them in its own way (io_uring). What it gives stays true until the
    /// next <see cref="Discard"/>, <see cref="WriteZeroes"/> or <see cref="Resize"/> of that range.
    /// </summary>
    /// <param name="offset">First byte.</param>
    /// <param name="length">At least 1; the extent may be shorter.</param>
    /// <param name="forWrite">The bytes are to be overwritten; not all places where bytes can be read can also be written without more ado.</param>
    DiskExtent Locate(ulong offset, ulong length, bool forWrite);

    /// <summary>Reads all bytes of the vectors; blocks.</summary>
    int Read(ReadOnlySpan<IoVector> vectors, ulong offset);

    /// <summary>Writes all bytes of the vectors; blocks.</summary>
    int Write(ReadOnlySpan<IoVector> vectors, ulong offset);

    /// <summary>Makes durable what was written; blocks.</summary>
    int Flush();

    /// <summary>Gives a range back to the host; it reads as zeros afterwards, or as before where the format or the file system cannot.</summary>
    int Discard(ulong offset, ulong length);

    /// <summary>Makes a range read as zeros.</summary>
    /// <param name="offset">First byte.</param>
    /// <param name="length">In bytes.</param>
    /// <param name="mayUnmap">The range may be given back to the host.</param>
    int WriteZeroes(ulong offset, ulong length, bool mayUnmap);

    /// <summary>Changes the size, at run time; bytes that are added read as zeros.</summary>
    /// <returns>EOPNOTSUPP where the format has a fixed size, EROFS for a disk that is only read.</returns>
    int Resize(ulong size);
}
