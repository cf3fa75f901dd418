using System.Buffers.Binary;
using Kvm.Interop;

namespace Virtio.Block.Formats.Qcow2;

/// <summary>The reference counts of an image's clusters, and by them the allocation of clusters. One thread at a time.</summary>
/// <remarks>
/// Counts are changed in memory and written by <see cref="Qcow2Store.WriteBack"/>: before anything that points to a cluster which was taken, and after
/// everything that pointed to one which was given back. So a crash leaves clusters that nobody uses, and never one with two users.
/// </remarks>
internal sealed partial class Qcow2Refcounts
{
    private const int CacheBytes = 1 << 20;

    private readonly Qcow2Store _store;
    private readonly Qcow2Image _image;
    private readonly Qcow2Geometry _geometry;
    private readonly Qcow2TableCache _blocks;
    private ulong[] _table = [];
    private ulong _tableOffset;
    private int _changedFrom = int.MaxValue;
    private int _changedTo;
    private ulong _hint;

    public Qcow2Refcounts(Qcow2Store store)
    {
        _store = store;
        _image = store.Image;
        _geometry = store.Image.Geometry;
        _blocks = new Qcow2TableCache(Qcow2TableCache.CapacityFor(CacheBytes, _geometry.ClusterSize), _geometry.ClusterSize);
    }

    /// <summary>Whether the file does not have all counts.</summary>
    public bool IsDirty => _blocks.DirtyCount > 0 || IsTableDirty;

    /// <summary>Whether the file does not have all pointers to refcount blocks.</summary>
    public bool IsTableDirty => _changedFrom < _changedTo;

    private ulong LastCluster => Qcow2Format.OffsetMask >> _geometry.ClusterBits;

    /// <summary>Reads the refcount table.</summary>
    /// <returns>What is wrong with it; null when it is good.</returns>
    /// <exception cref="LinuxException">It cannot be read.</exception>
    public string? Load()
    {
        _tableOffset = _image.Header.RefcountTableOffset;
        byte[] bytes = new byte[_image.Header.RefcountTableClusters << _geometry.ClusterBits];
        int error = _image.Read(bytes, _tableOffset);
        if (error != 0)
        {
            throw new LinuxException("pread", _image.File.Name, error);
        }

        _table = new ulong[bytes.Length / Qcow2Format.EntrySize];
        for (int i = 0; i < _table.Length; i++)
        {
            _table[i] = BinaryPrimitives.ReadUInt64BigEndian(bytes.AsSpan(i * Qcow2Format.EntrySize));
            if (_table[i] == 0)
            {
                continue;
            }

            if (!_image.IsCluster(_table[i]))
            {
                return $"entry {i} of its refcount table is 0x{_table[i]:x}, which is no cluster of the file";
            }

            if (_image.Metadata.Count >= Qcow2Format.MaxTables || !_image.Metadata.Add(_table[i], 1))
            {
                return $"entry {i} of its refcount table points at 0x{_table[i]:x}, where other metadata is";
            }
        }

        return null;
    }

    /// <summary>Reads the count of a cluster.</summary>
    /// <returns>0 or an errno.</returns>
    public int Get(ulong cluster, out ulong count)
    {
        count = 0;
        int region = Region(cluster);
        if (region >= _table.Length || _table[region] == 0)
        {
            return 0;
        }

        int error = LoadBlock(region, out byte[] block);
        if (error == 0)
        {
            count = Qcow2RefcountBlock.Get(block, _geometry.RefcountOrder, Index(cluster));
        }

        return error;
    }

    /// <summary>Takes clusters that follow each other: at least one, at most so many.</summary>
    /// <param name="want">The most.</param>
    /// <param name="first">The first one.</param>
    /// <param name="count">How many there are.</param>
    /// <returns>0 or an errno.</returns>
    public int Allocate(int want, out ulong first, out int count)
    {
        first = 0;
        count = 0;
        ulong cluster = _hint;
        while (true)
        {
            int error = MakeReady(ref cluster, out byte[] block);
            if (error != 0)
            {
                return error;
            }

            int perBlock = 1 << _geometry.BlockBits;
            int index = Index(cluster);
            while (index < perBlock && Qcow2RefcountBlock.Get(block, _geometry.RefcountOrder, index) != 0)
            {
                index++;
                cluster++;
            }

            if (index == perBlock)
            {
                continue;
            }

            while (count < want && index + count < perBlock && Qcow2RefcountBlock.Get(block, _geometry.RefcountOrder, index + count) == 0)
            {
                if (IsMetadata(cluster + (ulong)count))
                {
                    return _image.Corrupt($"metadata at 0x{(cluster + (ulong)count) << _geometry.ClusterBits:x} has no reference count");
                }

                count++;
            }

            first = cluster;
            error = Take(first, count, block);
            _hint = error == 0 ? first + (ulong)count : _hint;
            return error;
        }
    }

    /// <summary>Takes exactly so many clusters that follow each other, at the end of the file.</summary>
    /// <returns>0 or an errno.</returns>
    public int AllocateContiguous(int want, out ulong first)
    {
        first = _image.End >> _geometry.ClusterBits;
        ulong next = first;
        while (next - first < (ulong)want)
        {
            ulong place = next;
            int error = MakeReady(ref place, out byte[] block);
            if (error != 0)
            {
                return error;
            }

            if (place != next)
            {
                first = next = place;
            }

            bool free = Qcow2RefcountBlock.Get(block, _geometry.RefcountOrder, Index(next)) == 0 && !IsMetadata(next);
            next++;
            first = free ? first : next;
        }

        for (ulong cluster = first; cluster < next; cluster++)
        {
            ulong place = cluster;
            int error = MakeReady(ref place, out byte[] block);
            error = error == 0 ? Take(cluster, 1, block) : error;
            if (error != 0)
            {
                Release(first, (int)(cluster - first));
                return error;
            }
        }

        return 0;
    }

    /// <summary>Gives back what was just taken and is not used after all.</summary>
    public void Release(ulong first, int count)
    {
        for (ulong cluster = first; cluster < first + (ulong)count; cluster++)
        {
            // Where the block cannot be read again the cluster stays taken: it is lost, and nothing else.
            if (LoadBlock(Region(cluster), out byte[] block) == 0)
            {
                Set(block, cluster, 0);
            }
        }

        _hint = Math.Min(_hint, first);
    }

    /// <summary>One reference fewer.</summary>
    /// <returns>0 or an errno.</returns>
    public int Free(ulong cluster)
    {
        int error = Get(cluster, out ulong count);
        if (error != 0)
        {
            return error;
        }

        if (count == 0)
        {
            return _image.Corrupt($"the cluster at 0x{cluster << _geometry.ClusterBits:x} was in use without a reference count");
        }

        error = LoadBlock(Region(cluster), out byte[] block);
        if (error == 0)
        {
            Set(block, cluster, count - 1);
            if (count == 1)
            {
                _hint = Math.Min(_hint, cluster);
                _store.Tables.Forget(cluster << _geometry.ClusterBits);
            }
        }

        return error;
    }

    /// <summary>Writes the counts.</summary>
    /// <returns>0 or an errno.</returns>
    public int WriteBlocks() => _blocks.WriteDirty(_image);

    /// <summary>Writes the pointers to the blocks.</summary>
    /// <returns>0 or an errno.</returns>
    public int WriteTable()
    {
        int error = TableBytes.Write(_image, _table, _changedFrom, _changedTo, _tableOffset);
        if (error == 0)
        {
            _changedFrom = int.MaxValue;
            _changedTo = 0;
        }

        return error;
    }

    private int Region(ulong cluster) => (int)Math.Min(cluster >> _geometry.BlockBits, int.MaxValue);

    private int Index(ulong cluster) => (int)(cluster & ((1UL << _geometry.BlockBits) - 1));

    private bool IsMetadata(ulong cluster) => _image.Metadata.Contains(cluster << _geometry.ClusterBits);

    private void Set(byte[] block, ulong cluster, ulong count)
    {
        Qcow2RefcountBlock.Set(block, _geometry.RefcountOrder, Index(cluster), count);
        _blocks.MarkDirty(_table[Region(cluster)]);
    }

    private int Take(ulong first, int count, byte[] block)
    {
        int error = _image.ExtendTo((first + (ulong)count) << _geometry.ClusterBits);
        if (error != 0)
        {
            return error;
        }

        for (ulong cluster = first; cluster < first + (ulong)count; cluster++)
        {
            Set(block, cluster, 1);
        }

        return 0;
    }
}
