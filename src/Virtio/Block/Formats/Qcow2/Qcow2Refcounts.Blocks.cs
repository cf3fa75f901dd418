using System.Buffers.Binary;
using Kvm.Interop;

namespace Virtio.Block.Formats.Qcow2;

/// <content>Refcount blocks: found, made, and more of them.</content>
internal sealed partial class Qcow2Refcounts
{
    /// <summary>Makes sure that there is a refcount block for a cluster.</summary>
    /// <param name="cluster">The cluster; the next one that there is or can be a block for.</param>
    /// <param name="block">The block that counts it.</param>
    /// <returns>0 or an errno.</returns>
    private int MakeReady(ref ulong cluster, out byte[] block)
    {
        block = [];
        while (true)
        {
            if (cluster > LastCluster || cluster > (ulong)long.MaxValue >> _geometry.ClusterBits)
            {
                return Errno.EFBIG;
            }

            int region = Region(cluster);
            if (region >= _table.Length)
            {
                int error = GrowTable(cluster);
                if (error != 0)
                {
                    return error;
                }
            }
            else if (_table[region] != 0)
            {
                return LoadBlock(region, out block);
            }
            else
            {
                // What lies in the file and is not counted may be in use where counts were lost, so it is not taken.
                ulong place = Math.Max(cluster, _image.End >> _geometry.ClusterBits);
                if (Region(place) == region)
                {
                    int error = MakeBlock(region, place, out block);
                    cluster = place + 1;
                    if (error != 0 || Region(cluster) == region)
                    {
                        return error;
                    }
                }
                else
                {
                    cluster = ((ulong)region + 1) << _geometry.BlockBits;
                }
            }
        }
    }

    /// <summary>A new block lies in the first cluster that it counts as taken: its own.</summary>
    private int MakeBlock(int region, ulong cluster, out byte[] block)
    {
        ulong offset = cluster << _geometry.ClusterBits;
        int error = TakeSlot(out int slot, out block);
        error = error == 0 ? _image.ExtendTo(offset + (ulong)_geometry.ClusterSize) : error;
        if (error != 0)
        {
            return error;
        }

        Array.Clear(block);
        Qcow2RefcountBlock.Set(block, _geometry.RefcountOrder, Index(cluster), 1);
        _blocks.Put(slot, offset);
        _blocks.MarkDirty(offset);
        _table[region] = offset;
        _changedFrom = Math.Min(_changedFrom, region);
        _changedTo = Math.Max(_changedTo, region + 1);
        _store.Tables.AddMetadata(offset, 1);
        return 0;
    }

    private int LoadBlock(int region, out byte[] block)
    {
        if (_blocks.TryFind(_table[region], out block))
        {
            return 0;
        }

        int error = TakeSlot(out int slot, out block);
        error = error == 0 ? _image.Read(block, _table[region]) : error;
        if (error == 0)
        {
            _blocks.Put(slot, _table[region]);
        }

        return error;
    }

    private int TakeSlot(out int slot, out byte[] block)
    {
        if (_blocks.TryTake(out slot, out block))
        {
            return 0;
        }

        int error = _store.WriteBack();
        return error == 0 && !_blocks.TryTake(out slot, out block) ? Errno.EIO : error;
    }

    /// <summary>Replaces the refcount table by one that reaches further than a cluster, behind the end of the file.</summary>
    private int GrowTable(ulong cluster)
    {
        int error = _store.WriteBack();
        if (error != 0)
        {
            return error;
        }

        ulong start = Math.Max(cluster, _image.End >> _geometry.ClusterBits);
        Measure(start, out ulong blocks, out ulong clusters);
        if (clusters << _geometry.ClusterBits > Qcow2Format.MaxRefcountTableBytes)
        {
            return Errno.EFBIG;
        }

        ulong end = start + blocks + clusters;
        error = _image.ExtendTo(end << _geometry.ClusterBits);
        ulong[] table = new ulong[(clusters << _geometry.ClusterBits) / Qcow2Format.EntrySize];
        _table.CopyTo(table, 0);
        byte[] block = new byte[_geometry.ClusterSize];
        int firstRegion = Region(start);
        for (ulong i = 0; i < blocks && error == 0; i++)
        {
            ulong region = (ulong)firstRegion + i;
            Array.Clear(block);
            ulong to = Math.Min(end, (region + 1) << _geometry.BlockBits);
            for (ulong counted = Math.Max(start, region << _geometry.BlockBits); counted < to; counted++)
            {
                Qcow2RefcountBlock.Set(block, _geometry.RefcountOrder, Index(counted), 1);
            }

            table[region] = (start + i) << _geometry.ClusterBits;
            error = _image.Write(block, table[region]);
        }

        ulong offset = (start + blocks) << _geometry.ClusterBits;
        error = error == 0 ? TableBytes.Write(_image, table, 0, table.Length, offset) : error;
        if (error != 0)
        {
            return error;
        }

        if (PointHeaderAt(offset, (uint)clusters) != 0)
        {
            // Which of the two tables the header names is not known: neither is changed any more.
            return _image.Fail("its refcount table could not be replaced");
        }

        _store.FreeLater(_tableOffset, (ulong)_table.Length * Qcow2Format.EntrySize, isTable: true);
        _table = table;
        _tableOffset = offset;
        _store.Tables.AddMetadata(start << _geometry.ClusterBits, (end - start) << _geometry.ClusterBits);
        return 0;
    }

    /// <summary>How many blocks and table clusters it takes to count everything up to themselves, with room to grow by half.</summary>
    private void Measure(ulong start, out ulong blocks, out ulong clusters)
    {
        blocks = 1;
        clusters = 1;
        while (true)
        {
            ulong last = start + blocks + clusters - 1;
            ulong regions = (last >> _geometry.BlockBits) + 1;
            ulong entries = Math.Max(regions, (ulong)_table.Length * 3 / 2);
            ulong needClusters = Math.Max(clusters, _geometry.ClustersFor(entries * Qcow2Format.EntrySize));
            ulong needBlocks = Math.Max(blocks, regions - (start >> _geometry.BlockBits));
            if (needClusters == clusters && needBlocks == blocks)
            {
                return;
            }

            clusters = needClusters;
            blocks = needBlocks;
        }
    }

    private int PointHeaderAt(ulong table, uint clusters)
    {
        Span<byte> fields = stackalloc byte[sizeof(ulong) + sizeof(uint)];
        BinaryPrimitives.WriteUInt64BigEndian(fields, table);
        BinaryPrimitives.WriteUInt32BigEndian(fields[sizeof(ulong)..], clusters);
        int error = _image.Barrier();
        error = error == 0 ? _image.Write(fields, Qcow2Format.RefcountTableOffsetOffset) : error;
        return error == 0 ? _image.Barrier() : error;
    }
}
