using System.Buffers.Binary;
using Kvm.Interop;

namespace Virtio.Block.Formats.Qcow2;

/// <summary>The snapshots of an image: kept as they are. Only where their tables lie is of interest, so that nothing is written there.</summary>
internal static class Qcow2Snapshots
{
    private const int FixedSize = 40;

    /// <summary>Adds the snapshot table and the snapshots' L1 tables to the metadata of an image.</summary>
    /// <returns>What is wrong with them; null when they are good.</returns>
    /// <exception cref="LinuxException">They cannot be read.</exception>
    public static string? AddTo(Qcow2Image image)
    {
        Span<byte> head = stackalloc byte[FixedSize];
        ulong start = image.Header.SnapshotsOffset;
        ulong position = start;
        for (uint i = 0; i < image.Header.Snapshots; i++)
        {
            if (image.Geometry.Within(start) != 0 || start == 0 || position >= image.End || image.End - position < FixedSize)
            {
                return $"snapshot {i} lies at 0x{position:x}, outside of the file";
            }

            int error = image.Read(head, position);
            if (error != 0)
            {
                throw new LinuxException("pread", image.File.Name, error);
            }

            ulong table = BinaryPrimitives.ReadUInt64BigEndian(head);
            uint entries = BinaryPrimitives.ReadUInt32BigEndian(head[8..]);
            uint extra = BinaryPrimitives.ReadUInt32BigEndian(head[36..]);
            if (extra > Qcow2Format.MaxSnapshotExtra || entries > Qcow2Format.MaxL1Bytes / Qcow2Format.EntrySize)
            {
                return $"snapshot {i} has {entries} L1 entries and {extra} further bytes, which is too many";
            }

            uint names = BinaryPrimitives.ReadUInt16BigEndian(head[12..]) + (uint)BinaryPrimitives.ReadUInt16BigEndian(head[14..]);
            position = (position + FixedSize + extra + names + 7) & ~7UL;
            ulong bytes = (ulong)entries * Qcow2Format.EntrySize;
            if (entries > 0 && (!image.IsCluster(table) || bytes > image.End - table))
            {
                return $"snapshot {i} has its L1 table at 0x{table:x}, which is no place in the file";
            }

            if (entries > 0 && (image.Metadata.Count >= Qcow2Format.MaxTables || !image.Metadata.Add(table, bytes)))
            {
                return $"snapshot {i} has its L1 table at 0x{table:x}, where other metadata is";
            }
        }

        bool apart = position == start || image.Metadata.Add(start, position - start);
        return apart ? null : $"its snapshot table at 0x{start:x} lies where other metadata is";
    }
}
