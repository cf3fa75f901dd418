using System.Buffers.Binary;
using Kvm.Interop;

namespace Virtio.Block.Formats.Qcow2;

/// <summary>The L1 table and the L2 tables used last: where each cluster of the disk is.</summary>
/// <remarks>
/// <see cref="Map"/> may be called by any thread and does no input or output. Everything else is called under the disk's lock for changes; what it
/// changes it changes under the short lock of this object as well. A table's bytes are read for writing back without that lock: only holders of
/// the other one change them.
/// </remarks>
internal sealed partial class Qcow2Tables
{
    private const int CacheBytes = 4 << 20;

    private readonly Lock _lock = new();
    private readonly Qcow2Store _store;
    private readonly Qcow2Image _image;
    private readonly Qcow2Geometry _geometry;
    private readonly Qcow2TableCache _cache;
    private ulong[] _l1 = [];
    private ulong _l1Offset;
    private int _changedFrom = int.MaxValue;
    private int _changedTo;

    public Qcow2Tables(Qcow2Store store)
    {
        _store = store;
        _image = store.Image;
        _geometry = store.Image.Geometry;
        _cache = new Qcow2TableCache(Qcow2TableCache.CapacityFor(CacheBytes, _geometry.ClusterSize), _geometry.ClusterSize);
    }

    /// <summary>Whether the file does not have all tables as they are.</summary>
    public bool IsDirty => _cache.DirtyCount > 0 || IsL1Dirty;

    /// <summary>Whether the file does not have the L1 table as it is.</summary>
    public bool IsL1Dirty => _changedFrom < _changedTo;

    /// <summary>Entries of the L1 table.</summary>
    public int L1Length => _l1.Length;

    private int Version => _image.Header.Version;

    /// <summary>Reads the L1 table.</summary>
    /// <returns>What is wrong with it; null when it is good.</returns>
    /// <exception cref="LinuxException">It cannot be read.</exception>
    public string? Load()
    {
        _l1Offset = _image.Header.L1TableOffset;
        byte[] bytes = new byte[_image.Header.L1Size * Qcow2Format.EntrySize];
        int error = _image.Read(bytes, _l1Offset);
        if (error != 0)
        {
            throw new LinuxException("pread", _image.File.Name, error);
        }

        _l1 = new ulong[_image.Header.L1Size];
        for (int i = 0; i < _l1.Length; i++)
        {
            _l1[i] = BinaryPrimitives.ReadUInt64BigEndian(bytes.AsSpan(i * Qcow2Format.EntrySize));
            ulong table = _l1[i] & Qcow2Format.OffsetMask;
            if (table == 0)
            {
                continue;
            }

            if (!_image.IsCluster(table))
            {
                return $"entry {i} of its L1 table is 0x{_l1[i]:x}, which is no cluster of the file";
            }

            if (_image.Metadata.Count >= Qcow2Format.MaxTables || !_image.Metadata.Add(table, 1))
            {
                return $"entry {i} of its L1 table points at 0x{table:x}, where other metadata is";
            }
        }

        return null;
    }

    /// <summary>Where the bytes at an offset of the disk are, as far as that is known at once.</summary>
    public Qcow2Mapping Map(ulong offset, ulong length, bool forWrite)
    {
        lock (_lock)
        {
            ulong entry = _l1[offset >> _geometry.L1Shift];
            length = Math.Min(length, _geometry.L2Coverage - (offset & (_geometry.L2Coverage - 1)));
            ulong place = entry & Qcow2Format.OffsetMask;
            if (place == 0)
            {
                return new Qcow2Mapping(Qcow2MappingKind.Unallocated, length);
            }

            return (forWrite && (entry & Qcow2Format.OflagCopied) == 0) || !_cache.TryFind(place, out byte[] table)
                ? new Qcow2Mapping(Qcow2MappingKind.Slow, length)
                : MapEntries(table, offset, length, forWrite);
        }
    }

    /// <summary>Whether the cluster at an offset of the file holds metadata.</summary>
    public bool IsMetadata(ulong fileOffset)
    {
        lock (_lock)
        {
            return _image.Metadata.Contains(fileOffset);
        }
    }

    /// <summary>A range of the file holds metadata from now on.</summary>
    public void AddMetadata(ulong fileOffset, ulong length)
    {
        lock (_lock)
        {
            _image.Metadata.Add(fileOffset, length);
        }
    }

    /// <summary>A cluster of the file is free.</summary>
    public void Forget(ulong fileOffset)
    {
        lock (_lock)
        {
            _image.Metadata.Remove(fileOffset);
            _cache.Drop(fileOffset);
        }
    }

    /// <summary>Writes the L2 tables.</summary>
    /// <returns>0 or an errno.</returns>
    public int WriteTables() => _cache.WriteDirty(_image);

    /// <summary>Writes the L1 table.</summary>
    /// <returns>0 or an errno.</returns>
    public int WriteL1()
    {
        int error = TableBytes.Write(_image, _l1, _changedFrom, _changedTo, _l1Offset);
        if (error == 0)
        {
            _changedFrom = int.MaxValue;
            _changedTo = 0;
        }

        return error;
    }

    private static Qcow2Entry Read(byte[] table, int index) =>
        new(BinaryPrimitives.ReadUInt64BigEndian(table.AsSpan(index * Qcow2Format.EntrySize)));

    private Qcow2Mapping MapEntries(byte[] table, ulong offset, ulong length, bool forWrite)
    {
        int index = _geometry.L2Index(offset);
        ulong within = _geometry.Within(offset);
        Qcow2Entry first = Read(table, index);
        Qcow2EntryKind kind = first.Kind(Version);
        ulong run = (ulong)_geometry.ClusterSize - within;
        bool zero = kind is Qcow2EntryKind.ZeroPlain or Qcow2EntryKind.ZeroAllocated;
        bool slow = kind switch
        {
            Qcow2EntryKind.Normal => !IsUsable(first, forWrite),
            Qcow2EntryKind.Unallocated => false,
            Qcow2EntryKind.ZeroPlain or Qcow2EntryKind.ZeroAllocated => forWrite,
            _ => true,
        };
        if (slow)
        {
            return new Qcow2Mapping(Qcow2MappingKind.Slow, Math.Min(run, length));
        }

        for (; run < length; run += (ulong)_geometry.ClusterSize)
        {
            Qcow2Entry next = Read(table, ++index);
            Qcow2EntryKind nextKind = next.Kind(Version);
            bool continues = kind == Qcow2EntryKind.Normal
                ? nextKind == kind && next.Offset == first.Offset + within + run && IsUsable(next, forWrite)
                : nextKind == kind || (zero && nextKind is Qcow2EntryKind.ZeroPlain or Qcow2EntryKind.ZeroAllocated);
            if (!continues)
            {
                break;
            }
        }

        run = Math.Min(run, length);
        return kind switch
        {
            Qcow2EntryKind.Normal => InFile(first.Offset + within, run),
            Qcow2EntryKind.Unallocated => new Qcow2Mapping(Qcow2MappingKind.Unallocated, run),
            _ => new Qcow2Mapping(Qcow2MappingKind.Zero, run),
        };
    }

    /// <summary>A file that is only read may end inside its last cluster.</summary>
    private Qcow2Mapping InFile(ulong fileOffset, ulong length) =>
        fileOffset >= _image.End
            ? new Qcow2Mapping(Qcow2MappingKind.Zero, length)
            : new Qcow2Mapping(Qcow2MappingKind.File, Math.Min(length, _image.End - fileOffset), fileOffset);

    private bool IsUsable(Qcow2Entry entry, bool forWrite) =>
        _image.IsCluster(entry.Offset) && (!forWrite || (entry.IsCopied && !_image.Metadata.Contains(entry.Offset)));
}
