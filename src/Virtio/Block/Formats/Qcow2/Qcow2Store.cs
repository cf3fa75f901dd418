using Kvm.Interop;

namespace Virtio.Block.Formats.Qcow2;

/// <summary>An image's metadata as a whole, and the order in which it reaches the file.</summary>
/// <remarks>
/// The order, with a barrier between any two: data; reference counts; pointers to refcount blocks; L2 tables; the L1 table; counts of what these no
/// longer point to. Whenever the host stops, everything that something points to is there and counted.
/// </remarks>
internal sealed class Qcow2Store
{
    // Clusters whose references go away are remembered until their tables are written; so many at most.
    private const int MostFrees = 1024;

    private List<(ulong Cluster, bool IsTable)> _frees = [];
    private List<(ulong Cluster, bool IsTable)> _freeing = [];
    private bool _applying;

    private Qcow2Store(Qcow2Image image)
    {
        Image = image;
        Refcounts = new Qcow2Refcounts(this);
        Tables = new Qcow2Tables(this);
    }

    public Qcow2Image Image { get; }

    public Qcow2Refcounts Refcounts { get; }

    public Qcow2Tables Tables { get; }

    /// <summary>Reads what must be known of an image from the start.</summary>
    /// <exception cref="DiskFormatException">Its metadata contradicts itself.</exception>
    /// <exception cref="LinuxException">It cannot be read.</exception>
    public static Qcow2Store Load(Qcow2Image image)
    {
        Qcow2Header header = image.Header;
        Qcow2Store store = new(image);
        image.Metadata.Add(0, 1);
        string? fault = null;
        if (!image.IsReadOnly)
        {
            bool apart = image.Metadata.Add(header.L1TableOffset, (ulong)header.L1Size * Qcow2Format.EntrySize);
            apart &= image.Metadata.Add(header.RefcountTableOffset, (ulong)header.RefcountTableClusters << header.Geometry.ClusterBits);
            fault = apart ? Qcow2Snapshots.AddTo(image) ?? store.Refcounts.Load() : "its L1 table and its refcount table lie in one place";
        }

        fault ??= store.Tables.Load();
        return fault is null
            ? store
            : throw new DiskFormatException(image.File.Name, $"is corrupt: {fault} (qemu-img check says more, and can repair it)");
    }

    /// <summary>A reference to each cluster of a range goes away, when the tables that had it are written.</summary>
    /// <param name="offset">Where the range begins in the file.</param>
    /// <param name="length">Its bytes.</param>
    /// <param name="isTable">It held metadata.</param>
    public void FreeLater(ulong offset, ulong length, bool isTable)
    {
        int bits = Image.Geometry.ClusterBits;
        for (ulong cluster = offset >> bits; cluster <= (offset + length - 1) >> bits; cluster++)
        {
            _frees.Add((cluster, isTable));
        }
    }

    /// <summary>Writes back where much has gathered.</summary>
    /// <returns>0 or an errno.</returns>
    public int Relieve() => _frees.Count > MostFrees ? WriteBack() : 0;

    /// <summary>Writes all metadata to the file, in the order above. The last of it is not durable yet.</summary>
    /// <returns>0 or an errno; what was not written stays to be written.</returns>
    public int WriteBack()
    {
        if (Image.Fault is not null)
        {
            return Errno.EIO;
        }

        int error = Refcounts.WriteBlocks();
        if (error == 0 && Refcounts.IsTableDirty)
        {
            error = Image.Barrier();
            error = error == 0 ? Refcounts.WriteTable() : error;
        }

        if (error == 0 && Tables.IsDirty)
        {
            error = Image.Barrier();
            error = error == 0 ? Tables.WriteTables() : error;
            if (error == 0 && Tables.IsL1Dirty)
            {
                error = Image.Barrier();
                error = error == 0 ? Tables.WriteL1() : error;
            }
        }

        return error == 0 && _frees.Count > 0 && !_applying ? ApplyFrees() : error;
    }

    private int ApplyFrees()
    {
        int error = Image.Barrier();
        if (error != 0)
        {
            return error;
        }

        _applying = true;
        (_frees, _freeing) = (_freeing, _frees);
        foreach ((ulong cluster, bool isTable) in _freeing)
        {
            // An image whose counts were wrong may have had this cluster free, and a table in it since.
            ulong offset = cluster << Image.Geometry.ClusterBits;
            int failure = !isTable && Tables.IsMetadata(offset)
                ? Image.Corrupt($"the cluster at 0x{offset:x} was data and metadata at once")
                : Refcounts.Free(cluster);
            error = error == 0 ? failure : error;
        }

        _freeing.Clear();
        _applying = false;
        return error;
    }
}
