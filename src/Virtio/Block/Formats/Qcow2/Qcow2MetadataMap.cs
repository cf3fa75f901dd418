namespace Virtio.Block.Formats.Qcow2;

/// <summary>The clusters of the file that hold metadata. No guest's bytes ever go there, whatever an L2 entry says.</summary>
/// <remarks>One thread changes it, under the lock that all who ask hold too (<see cref="Qcow2Tables"/>).</remarks>
internal sealed class Qcow2MetadataMap(Qcow2Geometry geometry)
{
    private readonly HashSet<ulong> _clusters = [];

    /// <summary>Clusters known.</summary>
    public int Count => _clusters.Count;

    /// <summary>Whether the cluster at an offset of the file holds metadata.</summary>
    public bool Contains(ulong offset) => _clusters.Contains(offset >> geometry.ClusterBits);

    /// <summary>Adds the clusters of a range of the file.</summary>
    /// <returns>False where one of them is known already.</returns>
    public bool Add(ulong offset, ulong length)
    {
        bool added = true;
        ulong end = geometry.RoundUp(offset + length) >> geometry.ClusterBits;
        for (ulong cluster = offset >> geometry.ClusterBits; cluster < end; cluster++)
        {
            added &= _clusters.Add(cluster);
        }

        return added;
    }

    /// <summary>The cluster at an offset is free.</summary>
    public void Remove(ulong offset) => _clusters.Remove(offset >> geometry.ClusterBits);
}
