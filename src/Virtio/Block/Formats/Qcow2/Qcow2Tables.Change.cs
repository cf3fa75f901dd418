using System.Buffers.Binary;
using Kvm.Interop;

namespace Virtio.Block.Formats.Qcow2;

/// <content>Tables that are read, made, copied and changed, under the disk's lock for changes.</content>
internal sealed partial class Qcow2Tables
{
    /// <summary>Whether there is an L2 table for an offset of the disk.</summary>
    public bool HasTable(ulong offset) => (_l1[offset >> _geometry.L1Shift] & Qcow2Format.OffsetMask) != 0;

    /// <summary>Whether the L1 table has entries that no disk of a size uses.</summary>
    public bool HasTablesBehind(ulong size) => _l1.AsSpan((int)_geometry.L1EntriesFor(size)).ContainsAnyExcept(0UL);

    /// <summary>Brings the L2 table for an offset of the disk into the cache, where there is one.</summary>
    /// <returns>0 or an errno.</returns>
    public int Prepare(ulong offset)
    {
        ulong place = _l1[offset >> _geometry.L1Shift] & Qcow2Format.OffsetMask;
        return place == 0 ? 0 : LoadTable(place, out _);
    }

    /// <summary>Brings the L2 table into the cache; makes one where there is none, and a copy where a snapshot has it too.</summary>
    /// <returns>0 or an errno.</returns>
    public int PrepareForWrite(ulong offset)
    {
        int index = (int)(offset >> _geometry.L1Shift);
        ulong entry = _l1[index];
        ulong place = entry & Qcow2Format.OffsetMask;
        if (place == 0)
        {
            return MakeTable(index, default);
        }

        if ((entry & Qcow2Format.OflagCopied) == 0)
        {
            int error = _store.Refcounts.Get(place >> _geometry.ClusterBits, out ulong count);
            if (error != 0)
            {
                return error;
            }

            if (count != 1)
            {
                return CopyTable(index, place);
            }

            SetL1(index, entry | Qcow2Format.OflagCopied);
        }

        return LoadTable(place, out _);
    }

    /// <summary>The entry for an offset of the disk; its table is prepared. Without a table nothing is allocated.</summary>
    public Qcow2Entry Get(ulong offset)
    {
        ulong place = _l1[offset >> _geometry.L1Shift] & Qcow2Format.OffsetMask;
        lock (_lock)
        {
            return place != 0 && _cache.TryFind(place, out byte[] table) ? Read(table, _geometry.L2Index(offset)) : default;
        }
    }

    /// <summary>Changes the entry for an offset of the disk; its table is prepared for writing.</summary>
    public void Set(ulong offset, ulong entry) => SetRun(offset, entry, 1);

    /// <summary>Changes entries to clusters that follow each other in the file; their table is prepared for writing.</summary>
    public void SetRun(ulong offset, ulong entry, int count)
    {
        ulong place = _l1[offset >> _geometry.L1Shift] & Qcow2Format.OffsetMask;
        int index = _geometry.L2Index(offset);
        lock (_lock)
        {
            _cache.TryFind(place, out byte[] table);
            for (int i = 0; i < count; i++, entry += (ulong)_geometry.ClusterSize)
            {
                BinaryPrimitives.WriteUInt64BigEndian(table.AsSpan((index + i) * Qcow2Format.EntrySize), entry);
            }

            _cache.MarkDirty(place);
        }
    }

    /// <summary>Replaces the L1 table by a longer one. Nothing is dirty when this is called.</summary>
    /// <returns>0 or an errno.</returns>
    public int Grow(int entries)
    {
        ulong bytes = (ulong)entries * Qcow2Format.EntrySize;
        int clusters = (int)_geometry.ClustersFor(bytes);
        int error = _store.Refcounts.AllocateContiguous(clusters, out ulong first);
        if (error != 0)
        {
            return error;
        }

        ulong offset = first << _geometry.ClusterBits;
        ulong[] grown = new ulong[clusters * _geometry.L2Entries];
        _l1.CopyTo(grown, 0);
        error = TableBytes.Write(_image, grown, 0, grown.Length, offset);
        error = error == 0 ? _store.WriteBack() : error;
        if (error != 0)
        {
            _store.Refcounts.Release(first, clusters);
            return error;
        }

        error = PointHeaderAt(offset, entries);
        if (error != 0)
        {
            // Which of the two tables the header names is not known: both stay taken, and neither is changed any more.
            return _image.Fail("its L1 table could not be replaced");
        }

        _store.FreeLater(_l1Offset, (ulong)_l1.Length * Qcow2Format.EntrySize, isTable: true);
        lock (_lock)
        {
            _image.Metadata.Add(offset, bytes);
            _l1 = grown[..entries];
            _l1Offset = offset;
        }

        return 0;
    }

    private int PointHeaderAt(ulong table, int entries)
    {
        Span<byte> fields = stackalloc byte[sizeof(uint) + sizeof(ulong)];
        BinaryPrimitives.WriteUInt32BigEndian(fields, (uint)entries);
        BinaryPrimitives.WriteUInt64BigEndian(fields[sizeof(uint)..], table);
        int error = _image.Barrier();
        error = error == 0 ? _image.Write(fields, Qcow2Format.L1SizeOffset) : error;
        return error == 0 ? _image.Barrier() : error;
    }

    private void SetL1(int index, ulong entry)
    {
        lock (_lock)
        {
            _l1[index] = entry;
        }

        _changedFrom = Math.Min(_changedFrom, index);
        _changedTo = Math.Max(_changedTo, index + 1);
    }

    private int LoadTable(ulong place, out byte[] table)
    {
        lock (_lock)
        {
            if (_cache.TryFind(place, out table))
            {
                return 0;
            }
        }

        int error = TakeSlot(out int slot, out table);
        error = error == 0 ? _image.Read(table, place) : error;
        if (error == 0)
        {
            lock (_lock)
            {
                _cache.Put(slot, place);
            }
        }

        return error;
    }

    private int TakeSlot(out int slot, out byte[] table)
    {
        lock (_lock)
        {
            if (_cache.TryTake(out slot, out table))
            {
                return 0;
            }
        }

        int error = _store.WriteBack();
        lock (_lock)
        {
            return error == 0 && !_cache.TryTake(out slot, out table) ? Errno.EIO : error;
        }
    }

    private int CopyTable(int index, ulong place)
    {
        int error = LoadTable(place, out byte[] shared);
        error = error == 0 ? MakeTable(index, shared) : error;
        if (error == 0)
        {
            _store.FreeLater(place, 1, isTable: true);
        }

        return error;
    }

    private int MakeTable(int index, ReadOnlySpan<byte> content)
    {
        int error = _store.Refcounts.Allocate(1, out ulong cluster, out _);
        if (error != 0)
        {
            return error;
        }

        // The slot of the table that is copied may be the one that is taken: it was used last, so only where there is no other.
        error = TakeSlot(out int slot, out byte[] table);
        if (error != 0)
        {
            _store.Refcounts.Release(cluster, 1);
            return error;
        }

        if (content.IsEmpty)
        {
            Array.Clear(table);
        }
        else
        {
            CopyEntries(content, table);
        }

        ulong place = cluster << _geometry.ClusterBits;
        lock (_lock)
        {
            _image.Metadata.Add(place, 1);
            _cache.Put(slot, place);
            _cache.MarkDirty(place);
        }

        SetL1(index, place | Qcow2Format.OflagCopied);
        return 0;
    }

    /// <summary>What two tables point at belongs to neither alone.</summary>
    private void CopyEntries(ReadOnlySpan<byte> from, Span<byte> to)
    {
        for (int i = 0; i < _geometry.L2Entries; i++)
        {
            ulong entry = BinaryPrimitives.ReadUInt64BigEndian(from[(i * Qcow2Format.EntrySize)..]);
            BinaryPrimitives.WriteUInt64BigEndian(to[(i * Qcow2Format.EntrySize)..], entry & ~Qcow2Format.OflagCopied);
        }
    }
}
