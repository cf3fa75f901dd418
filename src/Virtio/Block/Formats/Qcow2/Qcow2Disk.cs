using Kvm.Interop;
using Kvm.Interop.Files;

namespace Virtio.Block.Formats.Qcow2;

/// <summary>A qcow2 image, of version 2 or 3 (QEMU docs/interop/qcow2.rst).</summary>
/// <remarks>
/// <para>
/// Clusters that are allocated and belong to this disk alone are read and written where they lie, by any number of threads. What changes metadata is
/// done by one thread at a time. Changed metadata is held in tables of fixed number and reaches the file by <see cref="Flush"/> or when they are
/// full, in the order that <see cref="Qcow2Store"/> describes.
/// </para>
/// <para>
/// An allocated cluster keeps its place until the disk is closed: <see cref="Discard"/> makes a hole there. So a write that is under way to a place
/// that <see cref="Locate"/> gave never meets another cluster's bytes, or metadata, there.
/// </para>
/// </remarks>
public sealed partial class Qcow2Disk : IDisk
{
    private readonly Lock _change = new();
    private readonly Qcow2Store _store;
    private readonly Qcow2Image _image;
    private readonly Qcow2Geometry _geometry;
    private readonly IDisk? _backing;
    private readonly ulong _backingSize;
    private readonly Qcow2Decompressor _decompressor;
    private ulong _size;

    internal Qcow2Disk(Qcow2Store store, IDisk? backing)
    {
        _store = store;
        _image = store.Image;
        _geometry = _image.Geometry;
        _backing = backing;
        _backingSize = backing?.Size ?? 0;
        _decompressor = new Qcow2Decompressor(_image);
        _size = _image.Header.Size;
        _discard = DiscardInTable;
        _zero = (from, to) => ZeroInTable(from, to, mayUnmap: false);
        _zeroAndUnmap = (from, to) => ZeroInTable(from, to, mayUnmap: true);
        ZeroFile.Prepare();
    }

    /// <inheritdoc/>
    public ulong Size => Volatile.Read(ref _size);

    /// <inheritdoc/>
    public bool IsReadOnly => _image.IsReadOnly;

    /// <summary>Why the image is written no more, as a clause that follows its name; null while it is.</summary>
    public string? Fault => _image.Fault;

    /// <summary>The image's file.</summary>
    internal Qcow2Image Image => _image;

    private int Version => _image.Header.Version;

    /// <summary>Opens an image.</summary>
    /// <param name="file">The image; the disk's from here on, also when this fails. Open for writing unless <paramref name="readOnly"/>.</param>
    /// <param name="readOnly">The image is not changed, not even its header.</param>
    /// <param name="allowBacking">A backing file that the image names is opened, only for reading; without this the image is refused.</param>
    /// <exception cref="DiskFormatException">It is no image that can be used so.</exception>
    /// <exception cref="LinuxException">A file cannot be opened, read or written.</exception>
    public static Qcow2Disk Open(FileDescriptor file, bool readOnly, bool allowBacking) => Qcow2Opener.Open(file, readOnly, allowBacking, []);

    /// <inheritdoc/>
    public DiskExtent Locate(ulong offset, ulong length, bool forWrite)
    {
        if (forWrite && (IsReadOnly || _image.Fault is not null))
        {
            return new DiskExtent(DiskExtentKind.Blocking, length);
        }

        Qcow2Mapping mapping = _store.Tables.Map(offset, length, forWrite);
        return mapping.Kind switch
        {
            Qcow2MappingKind.File => new DiskExtent(DiskExtentKind.File, mapping.Length, _image.File, mapping.FileOffset),
            Qcow2MappingKind.Zero => new DiskExtent(DiskExtentKind.Zero, mapping.Length),
            Qcow2MappingKind.Unallocated when !forWrite => LocateInBacking(offset, mapping.Length),
            _ => new DiskExtent(DiskExtentKind.Blocking, mapping.Length),
        };
    }

    /// <inheritdoc/>
    public int Read(ReadOnlySpan<IoVector> vectors, ulong offset)
    {
        VectorCursor cursor = new(vectors);
        ulong left = cursor.Remaining;
        while (left > 0)
        {
            Qcow2Mapping mapping = _store.Tables.Map(offset, left, forWrite: false);
            if (mapping.Kind == Qcow2MappingKind.Slow)
            {
                mapping = MapSlowly(ref cursor, offset, left, out int failure);
                if (failure != 0)
                {
                    return failure;
                }
            }

            int error = mapping.Kind switch
            {
                Qcow2MappingKind.File => FileIo.Read(_image.File, ref cursor, mapping.FileOffset, mapping.Length),
                Qcow2MappingKind.Zero => ZeroFile.Read(ref cursor, mapping.Length),
                Qcow2MappingKind.Unallocated => ReadBacking(ref cursor, offset, mapping.Length),
                _ => 0,
            };
            if (error != 0)
            {
                return error;
            }

            offset += mapping.Length;
            left -= mapping.Length;
        }

        return 0;
    }

    /// <inheritdoc/>
    public int Write(ReadOnlySpan<IoVector> vectors, ulong offset)
    {
        VectorCursor cursor = new(vectors);
        ulong left = cursor.Remaining;
        while (left > 0)
        {
            if (IsReadOnly)
            {
                return Errno.EROFS;
            }

            if (_image.Fault is not null)
            {
                return Errno.EIO;
            }

            Qcow2Mapping mapping = _store.Tables.Map(offset, left, forWrite: true);
            ulong done = mapping.Length;
            int error = mapping.Kind == Qcow2MappingKind.File
                ? FileIo.Write(_image.File, ref cursor, mapping.FileOffset, mapping.Length)
                : WriteSlowly(ref cursor, offset, left, out done);
            if (error != 0)
            {
                return error;
            }

            offset += done;
            left -= done;
        }

        return 0;
    }

    /// <inheritdoc/>
    public int Flush()
    {
        if (IsReadOnly)
        {
            return 0;
        }

        lock (_change)
        {
            int error = _store.WriteBack();
            return error == 0 ? _image.Barrier() : error;
        }
    }

    /// <summary>Writes back what is not in the file yet, and closes it.</summary>
    public void Dispose()
    {
        lock (_change)
        {
            if (!IsReadOnly && !_image.File.IsClosed)
            {
                // Twice: counts of what the first one gives back are changed after it.
                _ = _store.WriteBack() == 0 && _store.WriteBack() == 0;
            }

            _image.File.Dispose();
        }

        _decompressor.Dispose();
        _backing?.Dispose();
    }

    /// <summary>Reads a table, and then what it says: the mapping, or the bytes of a compressed cluster, which are read here.</summary>
    private Qcow2Mapping MapSlowly(ref VectorCursor cursor, ulong offset, ulong length, out int error)
    {
        lock (_change)
        {
            error = _store.Tables.Prepare(offset);
            if (error != 0)
            {
                return default;
            }

            Qcow2Mapping mapping = _store.Tables.Map(offset, length, forWrite: false);
            if (mapping.Kind == Qcow2MappingKind.Slow)
            {
                Qcow2Entry entry = _store.Tables.Get(offset);
                error = entry.Kind(Version) == Qcow2EntryKind.Compressed
                    ? _decompressor.Read(entry, ref cursor, _geometry.Within(offset), mapping.Length)
                    : _image.Corrupt($"the L2 entry of offset 0x{offset:x} is 0x{entry.Value:x}");
            }

            return mapping;
        }
    }

    private DiskExtent LocateInBacking(ulong offset, ulong length) =>
        offset >= _backingSize
            ? new DiskExtent(DiskExtentKind.Zero, length)
            : _backing!.Locate(offset, Math.Min(length, _backingSize - offset), forWrite: false);

    private int ReadBacking(ref VectorCursor cursor, ulong offset, ulong length)
    {
        ulong inBacking = offset < _backingSize ? Math.Min(length, _backingSize - offset) : 0;
        int error = inBacking > 0 ? FileIo.Read(_backing!, ref cursor, offset, inBacking) : 0;
        return error == 0 ? ZeroFile.Read(ref cursor, length - inBacking) : error;
    }
}
