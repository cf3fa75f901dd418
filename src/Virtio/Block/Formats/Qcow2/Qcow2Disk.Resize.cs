using System.Buffers.Binary;
using Kvm.Interop;

namespace Virtio.Block.Formats.Qcow2;

/// <content>A disk that grows.</content>
public sealed partial class Qcow2Disk
{
    /// <inheritdoc/>
    /// <returns>EOPNOTSUPP for a smaller size, and for an image of version 2 with snapshots, which do not remember theirs; EFBIG for too large a one.</returns>
    public int Resize(ulong size)
    {
        lock (_change)
        {
            ulong old = _size;
            int error = IsReadOnly ? Errno.EROFS
                : size % 512 != 0 ? Errno.EINVAL
                : size < old || (size > old && Version < 3 && _image.Header.Snapshots > 0) ? Errno.EOPNOTSUPP
                : size > long.MaxValue || _geometry.L1EntriesFor(size) > Qcow2Format.MaxL1Bytes / Qcow2Format.EntrySize ? Errno.EFBIG
                : 0;
            if (error != 0 || size == old)
            {
                return error;
            }

            error = _store.Tables.HasTablesBehind(old)
                ? _image.Corrupt($"its L1 table has entries behind its size of {old} bytes")
                : GrowTables(size);
            error = error == 0 ? ClearAdded(old, size) : error;
            error = error == 0 ? _store.WriteBack() : error;
            error = error == 0 ? _image.Barrier() : error;
            error = error == 0 ? WriteSize(size) : error;
            if (error == 0)
            {
                Volatile.Write(ref _size, size);
            }

            return error;
        }
    }

    private int GrowTables(ulong size)
    {
        int entries = (int)_geometry.L1EntriesFor(size);
        if (entries <= _store.Tables.L1Length)
        {
            return 0;
        }

        int error = _store.WriteBack();
        return error == 0 ? _store.Tables.Grow(entries) : error;
    }

    /// <summary>What the last table has behind the old end, and what a longer backing file has there, is not seen.</summary>
    private int ClearAdded(ulong old, ulong size)
    {
        ulong tableEnd = ((old - 1) | (_geometry.L2Coverage - 1)) + 1;
        ulong end = Math.Min(size, Math.Max(tableEnd, _backingSize));
        return end > old ? ZeroRange(old, end - old, mayUnmap: true) : 0;
    }

    private int WriteSize(ulong size)
    {
        Span<byte> field = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(field, size);
        int error = _image.Write(field, Qcow2Format.SizeOffset);
        return error == 0 ? _image.Barrier() : error;
    }
}
