using Microsoft.Win32.SafeHandles;

namespace BootLoader.Sources;

/// <summary>An open file or block device.</summary>
public sealed class FileSource : RandomAccessSource
{
    private readonly SafeFileHandle _handle;
    private readonly bool _isOwned;

    /// <summary>Reads an open file.</summary>
    /// <param name="handle">The file; its position is neither used nor moved.</param>
    /// <param name="length">Its bytes; null to ask the file, which of a block device says 0: give its length.</param>
    /// <param name="leaveOpen">Whether the file stays open when this is disposed.</param>
    public FileSource(SafeFileHandle handle, long? length = null, bool leaveOpen = false)
    {
        ArgumentNullException.ThrowIfNull(handle);
        _handle = handle;
        _isOwned = !leaveOpen;
        Length = length ?? RandomAccess.GetLength(handle);
    }

    /// <inheritdoc/>
    public override long Length { get; }

    /// <summary>Opens a regular file.</summary>
    /// <param name="path">Its path.</param>
    /// <exception cref="IOException">It cannot be opened.</exception>
    public static FileSource Open(string path) => new(File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));

    /// <inheritdoc/>
    protected override int Read(long offset, Span<byte> destination) => RandomAccess.Read(_handle, destination, offset);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing && _isOwned)
        {
            _handle.Dispose();
        }
    }
}
