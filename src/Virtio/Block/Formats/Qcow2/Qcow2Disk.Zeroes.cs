using Kvm.Interop;
using Kvm.Interop.Files;

namespace Virtio.Block.Formats.Qcow2;

/// <content>Ranges that are given back or become zeros.</content>
public sealed unsafe partial class Qcow2Disk
{
    private const int ZeroBufferSize = 64 * 1024;

    private static readonly byte[] s_zeros = GC.AllocateArray<byte>(ZeroBufferSize, pinned: true);

    // Made once, so that a request makes none.
    private readonly Func<ulong, ulong, int> _discard;
    private readonly Func<ulong, ulong, int> _zero;
    private readonly Func<ulong, ulong, int> _zeroAndUnmap;

    /// <inheritdoc/>
    /// <remarks>
    /// Whole clusters only. A cluster of this disk alone becomes a hole in the file and keeps its place; one that is compressed or shared loses it.
    /// What has no place in the file stays as it is.
    /// </remarks>
    public int Discard(ulong offset, ulong length)
    {
        if (IsReadOnly)
        {
            return Errno.EROFS;
        }

        ulong end = offset + length == Size ? _geometry.RoundUp(offset + length) : offset + length - _geometry.Within(offset + length);
        return ForTables(_geometry.RoundUp(offset), end, _discard);
    }

    /// <inheritdoc/>
    public int WriteZeroes(ulong offset, ulong length, bool mayUnmap) => IsReadOnly ? Errno.EROFS : ZeroRange(offset, length, mayUnmap);

    private int ZeroRange(ulong offset, ulong length, bool mayUnmap)
    {
        ulong end = offset + length;
        ulong from = _geometry.RoundUp(offset);
        ulong to = end == Size ? _geometry.RoundUp(end) : end - _geometry.Within(end);
        if (from >= to)
        {
            // No whole cluster, but perhaps parts of two.
            ulong middle = Math.Min(from, end);
            int first = ZeroPart(offset, middle - offset);
            return first == 0 ? ZeroPart(middle, end - middle) : first;
        }

        int error = ZeroPart(offset, from - offset);
        error = error == 0 ? ForTables(from, to, mayUnmap ? _zeroAndUnmap : _zero) : error;
        return error == 0 && to < end ? ZeroPart(to, end - to) : error;
    }

    /// <summary>Does something for the part of a range that each L2 table describes, letting others in between.</summary>
    private int ForTables(ulong from, ulong to, Func<ulong, ulong, int> action)
    {
        int error = 0;
        while (from < to && error == 0)
        {
            ulong next = Math.Min(to, (from | (_geometry.L2Coverage - 1)) + 1);
            lock (_change)
            {
                error = _image.Fault is null ? 0 : Errno.EIO;
                bool hasContent = _store.Tables.HasTable(from) || from < _backingSize;
                if (error == 0 && hasContent)
                {
                    error = action(from, next);
                    error = error == 0 ? _store.Relieve() : error;
                }
            }

            from = next;
        }

        return error;
    }

    private int DiscardInTable(ulong from, ulong to)
    {
        if (!_store.Tables.HasTable(from))
        {
            return 0;
        }

        int error = _store.Tables.PrepareForWrite(from);
        for (; from < to && error == 0; from += (ulong)_geometry.ClusterSize)
        {
            error = FindOwn(from, out Qcow2Entry entry, out bool own);
            Qcow2EntryKind kind = entry.Kind(Version);
            bool hasPlace = kind is not (Qcow2EntryKind.Unallocated or Qcow2EntryKind.ZeroPlain);
            if (error == 0 && own)
            {
                error = FileIo.Discard(_image.File, entry.Offset, (ulong)_geometry.ClusterSize);
            }
            else if (error == 0 && hasPlace && (_backing is null || Version >= 3))
            {
                _store.Tables.Set(from, _backing is null ? 0 : Qcow2Format.OflagZero);
                FreeOld(entry);
            }
        }

        return error;
    }

    private int ZeroInTable(ulong from, ulong to, bool mayUnmap)
    {
        int error = _store.Tables.PrepareForWrite(from);
        for (; from < to && error == 0; from += (ulong)_geometry.ClusterSize)
        {
            error = FindOwn(from, out Qcow2Entry entry, out bool own);
            error = error == 0 ? ZeroCluster(from, entry, own, mayUnmap) : error;
        }

        return error;
    }

    private int ZeroCluster(ulong offset, Qcow2Entry entry, bool own, bool mayUnmap)
    {
        Qcow2EntryKind kind = entry.Kind(Version);
        bool isZero = kind is Qcow2EntryKind.ZeroPlain or Qcow2EntryKind.ZeroAllocated || (kind == Qcow2EntryKind.Unallocated && offset >= _backingSize);
        if (isZero)
        {
            return 0;
        }

        ulong size = (ulong)_geometry.ClusterSize;
        if (own)
        {
            if (Version < 3)
            {
                return FileIo.WriteZeroes(_image.File, entry.Offset, size, mayUnmap);
            }

            _store.Tables.Set(offset, entry.Offset | Qcow2Format.OflagCopied | Qcow2Format.OflagZero);
            return mayUnmap ? FileIo.Discard(_image.File, entry.Offset, size) : 0;
        }

        if (Version < 3 && _backing is not null)
        {
            return WriteZeroBytes(offset, size);
        }

        _store.Tables.Set(offset, Version < 3 ? 0 : Qcow2Format.OflagZero);
        FreeOld(entry);
        return 0;
    }

    /// <summary>Zeros in a part of one cluster: written, unless it is zeros already.</summary>
    private int ZeroPart(ulong offset, ulong length)
    {
        if (length == 0)
        {
            return 0;
        }

        lock (_change)
        {
            int error = _store.Tables.Prepare(offset);
            if (error != 0)
            {
                return error;
            }

            Qcow2EntryKind kind = _store.Tables.Get(offset).Kind(Version);
            ulong cluster = offset - _geometry.Within(offset);
            bool isZero = kind is Qcow2EntryKind.ZeroPlain or Qcow2EntryKind.ZeroAllocated || (kind == Qcow2EntryKind.Unallocated && cluster >= _backingSize);
            return isZero ? 0 : WriteZeroBytes(offset, length);
        }
    }

    private int WriteZeroBytes(ulong offset, ulong length)
    {
        // SAFETY: the array is pinned for ever, and no vector is longer than it.
        byte* zeros = (byte*)System.Runtime.CompilerServices.Unsafe.AsPointer(ref s_zeros[0]);
        int error = 0;
        while (length > 0 && error == 0)
        {
            ulong step = Math.Min(length, ZeroBufferSize);
            error = Write([new IoVector(zeros, (nuint)step)], offset);
            offset += step;
            length -= step;
        }

        return error;
    }
}
