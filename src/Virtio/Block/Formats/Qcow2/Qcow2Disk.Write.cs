using Kvm.Interop;
using Kvm.Interop.Files;

namespace Virtio.Block.Formats.Qcow2;

/// <content>Writes to clusters that are not this disk's yet.</content>
public sealed partial class Qcow2Disk
{
    // Made when a part of a cluster must be copied for the first time.
    private byte[]? _copy;

    /// <summary>Writes the first bytes of a request: in one cluster that is there, or in clusters that are taken for it.</summary>
    private int WriteSlowly(ref VectorCursor cursor, ulong offset, ulong length, out ulong done)
    {
        done = 0;
        lock (_change)
        {
            if (_image.Fault is not null)
            {
                return Errno.EIO;
            }

            int error = _store.Tables.PrepareForWrite(offset);
            error = error == 0 ? FindOwn(offset, out Qcow2Entry entry, out bool own) : Failed(error, out entry, out own);
            if (error != 0)
            {
                return error;
            }

            error = own
                ? WriteOwn(ref cursor, offset, length, entry, out done)
                : WriteNew(ref cursor, offset, length, entry, out done);
            return error == 0 ? _store.Relieve() : error;
        }
    }

    private static int Failed(int error, out Qcow2Entry entry, out bool own)
    {
        entry = default;
        own = false;
        return error;
    }

    /// <summary>Whether the cluster at an offset of the disk has a place in the file that belongs to it alone.</summary>
    private int FindOwn(ulong offset, out Qcow2Entry entry, out bool own)
    {
        own = false;
        entry = _store.Tables.Get(offset);
        Qcow2EntryKind kind = entry.Kind(Version);
        if (kind is Qcow2EntryKind.Unallocated or Qcow2EntryKind.ZeroPlain)
        {
            return 0;
        }

        if (kind == Qcow2EntryKind.Compressed)
        {
            return CheckCompressed(offset, entry);
        }

        if (kind == Qcow2EntryKind.Invalid || !_image.IsCluster(entry.Offset) || _store.Tables.IsMetadata(entry.Offset))
        {
            return _image.Corrupt($"the L2 entry of offset 0x{offset:x} is 0x{entry.Value:x}, which is no cluster for data");
        }

        own = entry.IsCopied;
        if (own)
        {
            return 0;
        }

        int error = _store.Refcounts.Get(entry.Offset >> _geometry.ClusterBits, out ulong count);
        if (error == 0 && count == 0)
        {
            return _image.Corrupt($"the cluster at 0x{entry.Offset:x} is in use without a reference count");
        }

        own = count == 1;
        return error;
    }

    /// <summary>The clusters that have bytes of a compressed one lose a reference with it: they must have one, and hold no metadata.</summary>
    private int CheckCompressed(ulong offset, Qcow2Entry entry)
    {
        entry.CompressedRange(_geometry.ClusterBits, out ulong start, out int length);
        int error = 0;
        for (ulong at = start - _geometry.Within(start); at < start + (ulong)length && error == 0; at += (ulong)_geometry.ClusterSize)
        {
            error = _store.Refcounts.Get(at >> _geometry.ClusterBits, out ulong count);
            if (error == 0 && (count == 0 || _store.Tables.IsMetadata(at)))
            {
                error = _image.Corrupt($"the compressed cluster of offset 0x{offset:x} lies at 0x{start:x}, where metadata is or nothing");
            }
        }

        return error;
    }

    private int WriteOwn(ref VectorCursor cursor, ulong offset, ulong length, Qcow2Entry entry, out ulong done)
    {
        ulong within = _geometry.Within(offset);
        done = Math.Min(length, (ulong)_geometry.ClusterSize - within);
        int error = 0;
        if (entry.Kind(Version) == Qcow2EntryKind.ZeroAllocated)
        {
            error = ZeroAround(entry.Offset, (ulong)_geometry.ClusterSize, within, done);
        }

        error = error == 0 ? FileIo.Write(_image.File, ref cursor, entry.Offset + within, done) : error;
        ulong now = entry.Offset | Qcow2Format.OflagCopied;
        if (error == 0 && now != entry.Value)
        {
            _store.Tables.Set(offset, now);
        }

        return error;
    }

    private int WriteNew(ref VectorCursor cursor, ulong offset, ulong length, Qcow2Entry old, out ulong done)
    {
        done = 0;
        ulong within = _geometry.Within(offset);
        Qcow2EntryKind kind = old.Kind(Version);
        ulong end = _image.End;
        int error = _store.Refcounts.Allocate(CountAlike(offset, length, kind), out ulong first, out int count);
        if (error != 0)
        {
            return error;
        }

        ulong place = first << _geometry.ClusterBits;
        ulong room = (ulong)count << _geometry.ClusterBits;
        done = Math.Min(length, room - within);
        bool zeros = kind == Qcow2EntryKind.ZeroPlain || (kind == Qcow2EntryKind.Unallocated && offset - within >= _backingSize);
        error = !zeros ? CopyAround(offset, place, room, done, old)
            : place < end ? ZeroAround(place, room, within, done)
            : 0;
        error = error == 0 ? FileIo.Write(_image.File, ref cursor, place + within, done) : error;
        if (error != 0)
        {
            _store.Refcounts.Release(first, count);
            return error;
        }

        _store.Tables.SetRun(offset, place | Qcow2Format.OflagCopied, count);
        FreeOld(old);
        return 0;
    }

    /// <summary>How many clusters a write needs from an offset on, as far as they and their table are alike.</summary>
    private int CountAlike(ulong offset, ulong length, Qcow2EntryKind kind)
    {
        int count = 1;
        if (kind is Qcow2EntryKind.Unallocated or Qcow2EntryKind.ZeroPlain)
        {
            ulong start = offset - _geometry.Within(offset);
            int most = (int)Math.Min(_geometry.ClustersFor(offset + length - start), (ulong)(_geometry.L2Entries - _geometry.L2Index(offset)));
            while (count < most && _store.Tables.Get(start + ((ulong)count << _geometry.ClusterBits)).Kind(Version) == kind)
            {
                count++;
            }
        }

        return count;
    }

    /// <summary>The reference of an entry that is no more.</summary>
    private void FreeOld(Qcow2Entry old)
    {
        if (old.Kind(Version) == Qcow2EntryKind.Compressed)
        {
            old.CompressedRange(_geometry.ClusterBits, out ulong offset, out int length);
            _store.FreeLater(offset, (ulong)length, isTable: false);
        }
        else if (old.Offset != 0)
        {
            _store.FreeLater(old.Offset, 1, isTable: false);
        }
    }

    /// <summary>Zeros before and behind the bytes that are written.</summary>
    private int ZeroAround(ulong place, ulong room, ulong within, ulong length)
    {
        int error = within > 0 ? FileIo.WriteZeroes(_image.File, place, within, mayUnmap: true) : 0;
        ulong end = within + length;
        return error == 0 && end < room ? FileIo.WriteZeroes(_image.File, place + end, room - end, mayUnmap: true) : error;
    }

    /// <summary>The old content before and behind the bytes that are written.</summary>
    private int CopyAround(ulong offset, ulong place, ulong room, ulong length, Qcow2Entry old)
    {
        ulong within = _geometry.Within(offset);
        ulong start = offset - within;
        int error = within > 0 ? Copy(start, old, 0, place, within) : 0;
        ulong end = within + length;
        ulong lastStart = room - (ulong)_geometry.ClusterSize;
        return error == 0 && end < room
            ? Copy(start + lastStart, old, end - lastStart, place + end, room - end)
            : error;
    }

    /// <summary>Copies a part of an old cluster.</summary>
    /// <param name="start">Where the cluster begins in the disk.</param>
    /// <param name="old">Its entry.</param>
    /// <param name="from">The first byte, counted from there.</param>
    /// <param name="to">Where it goes in the file.</param>
    /// <param name="length">Bytes, none of them of another cluster.</param>
    private int Copy(ulong start, Qcow2Entry old, ulong from, ulong to, ulong length)
    {
        _copy ??= GC.AllocateUninitializedArray<byte>(_geometry.ClusterSize, pinned: true);
        Span<byte> bytes = _copy.AsSpan(0, (int)length);
        int error;
        switch (old.Kind(Version))
        {
            case Qcow2EntryKind.Compressed:
                error = _decompressor.Decompress(old, out ReadOnlySpan<byte> content);
                content.Slice((int)from, (int)length).CopyTo(bytes);
                break;
            case Qcow2EntryKind.Normal:
                error = _image.Read(bytes, old.Offset + from);
                break;
            case Qcow2EntryKind.Unallocated:
                error = ReadBacking(bytes, start + from);
                break;
            default:
                bytes.Clear();
                error = 0;
                break;
        }

        return error == 0 ? _image.Write(bytes, to) : error;
    }

    private unsafe int ReadBacking(Span<byte> bytes, ulong offset)
    {
        // SAFETY: the span stays pinned while its bytes are read into.
        fixed (byte* pointer = bytes)
        {
            VectorCursor cursor = new([new IoVector(pointer, (nuint)bytes.Length)]);
            return ReadBacking(ref cursor, offset, (ulong)bytes.Length);
        }
    }
}
