namespace Virtio.Block.Formats.Qcow2;

/// <summary>The sizes that follow from a header's cluster size and refcount width.</summary>
/// <param name="ClusterBits">log2 of the cluster size in bytes.</param>
/// <param name="RefcountOrder">log2 of a reference count's bits.</param>
internal readonly record struct Qcow2Geometry(int ClusterBits, int RefcountOrder)
{
    /// <summary>Bytes of a cluster, and of an L2 table and a refcount block.</summary>
    public int ClusterSize => 1 << ClusterBits;

    /// <summary>Entries of an L2 table.</summary>
    public int L2Entries => ClusterSize / Qcow2Format.EntrySize;

    /// <summary>log2 of the bytes of disk that one L2 table covers.</summary>
    public int L1Shift => ClusterBits + ClusterBits - 3;

    /// <summary>Bytes of disk that one L2 table covers.</summary>
    public ulong L2Coverage => 1UL << L1Shift;

    /// <summary>log2 of the clusters that one refcount block counts.</summary>
    public int BlockBits => ClusterBits + 3 - RefcountOrder;

    /// <summary>Where in its cluster an offset lies.</summary>
    public ulong Within(ulong offset) => offset & (ulong)(ClusterSize - 1);

    /// <summary>Which entry of its L2 table describes an offset of the disk.</summary>
    public int L2Index(ulong offset) => (int)(offset >> ClusterBits) & (L2Entries - 1);

    /// <summary>L1 entries of a disk of a size.</summary>
    public ulong L1EntriesFor(ulong size) => (size + L2Coverage - 1) >> L1Shift;

    /// <summary>Clusters that so many bytes need.</summary>
    public ulong ClustersFor(ulong bytes) => (bytes + (ulong)ClusterSize - 1) >> ClusterBits;

    /// <summary>The next cluster boundary.</summary>
    public ulong RoundUp(ulong offset) => ClustersFor(offset) << ClusterBits;
}
