using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using BootLoader.Blocks;

namespace BootLoader.Super.Making;

/// <summary>Writes geometry and metadata of version 10.0 (liblp, metadata_format.h). What it is given was checked.</summary>
internal sealed class LpMetadataWriter(
    IReadOnlyList<LogicalPartition> partitions,
    IReadOnlyList<LpExtent> extents,
    IReadOnlyList<(string Name, long MaximumSize)> groups,
    string deviceName,
    long firstOffset,
    int alignment,
    long deviceSize)
{
    /// <summary>The geometry.</summary>
    /// <param name="metadataSize">Bytes that a slot's metadata may have.</param>
    /// <param name="slotCount">The slots.</param>
    /// <param name="blockSize">Bytes of a block.</param>
    public static byte[] Geometry(int metadataSize, int slotCount, int blockSize)
    {
        byte[] bytes = new byte[LpFormat.GeometrySize];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, LpFormat.GeometryMagic);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4), LpFormat.GeometrySize);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(40), (uint)metadataSize);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(44), (uint)slotCount);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(48), (uint)blockSize);
        SHA256.HashData(bytes, bytes.AsSpan(LpFormat.GeometryChecksumOffset, LpFormat.ChecksumSize));
        return bytes;
    }

    /// <summary>Header and tables.</summary>
    public byte[] Metadata()
    {
        byte[][] tables = [Partitions(), Extents(), Groups(), BlockDevice()];
        int[] entrySizes = [LpFormat.PartitionSize, LpFormat.ExtentSize, LpFormat.GroupSize, LpFormat.BlockDeviceSize];
        byte[] bytes = [.. new byte[LpFormat.HeaderSize], .. tables.SelectMany(static table => table)];
        Span<byte> header = bytes.AsSpan(0, LpFormat.HeaderSize);
        BinaryPrimitives.WriteUInt32LittleEndian(header, LpFormat.HeaderMagic);
        BinaryPrimitives.WriteUInt16LittleEndian(header[4..], LpFormat.MajorVersion);
        BinaryPrimitives.WriteUInt32LittleEndian(header[8..], LpFormat.HeaderSize);
        BinaryPrimitives.WriteUInt32LittleEndian(header[44..], (uint)(bytes.Length - LpFormat.HeaderSize));
        SHA256.HashData(bytes.AsSpan(LpFormat.HeaderSize), header.Slice(LpFormat.TablesChecksumOffset, LpFormat.ChecksumSize));
        int offset = 0;
        for (int i = 0; i < tables.Length; i++)
        {
            Span<byte> table = header[(LpFormat.TableDescriptorsOffset + (i * LpFormat.TableDescriptorSize))..];
            BinaryPrimitives.WriteInt32LittleEndian(table, offset);
            BinaryPrimitives.WriteInt32LittleEndian(table[4..], tables[i].Length / entrySizes[i]);
            BinaryPrimitives.WriteInt32LittleEndian(table[8..], entrySizes[i]);
            offset += tables[i].Length;
        }

        SHA256.HashData(header, header.Slice(LpFormat.HeaderChecksumOffset, LpFormat.ChecksumSize));
        return bytes;
    }

    private byte[] Partitions()
    {
        byte[] table = new byte[partitions.Count * LpFormat.PartitionSize];
        int extent = 0;
        for (int i = 0; i < partitions.Count; i++)
        {
            Span<byte> entry = table.AsSpan(i * LpFormat.PartitionSize);
            int count = partitions[i].Size > 0 ? 1 : 0;
            int group = groups.Index().First(item => item.Item.Name == partitions[i].Group).Index;
            Encoding.ASCII.GetBytes(partitions[i].Name, entry);
            BinaryPrimitives.WriteUInt32LittleEndian(entry[36..], (uint)partitions[i].Attributes);
            BinaryPrimitives.WriteInt32LittleEndian(entry[40..], extent);
            BinaryPrimitives.WriteInt32LittleEndian(entry[44..], count);
            BinaryPrimitives.WriteInt32LittleEndian(entry[48..], group);
            extent += count;
        }

        return table;
    }

    private byte[] Extents()
    {
        byte[] table = new byte[extents.Count * LpFormat.ExtentSize];
        for (int i = 0; i < extents.Count; i++)
        {
            Span<byte> entry = table.AsSpan(i * LpFormat.ExtentSize);
            BinaryPrimitives.WriteUInt64LittleEndian(entry, extents[i].Count);
            BinaryPrimitives.WriteUInt32LittleEndian(entry[8..], extents[i].IsZero ? LpFormat.TargetZero : LpFormat.TargetLinear);
            BinaryPrimitives.WriteUInt64LittleEndian(entry[12..], extents[i].First);
        }

        return table;
    }

    private byte[] Groups()
    {
        byte[] table = new byte[groups.Count * LpFormat.GroupSize];
        for (int i = 0; i < groups.Count; i++)
        {
            Span<byte> entry = table.AsSpan(i * LpFormat.GroupSize);
            Encoding.ASCII.GetBytes(groups[i].Name, entry);
            BinaryPrimitives.WriteInt64LittleEndian(entry[40..], groups[i].MaximumSize);
        }

        return table;
    }

    private byte[] BlockDevice()
    {
        byte[] entry = new byte[LpFormat.BlockDeviceSize];
        BinaryPrimitives.WriteInt64LittleEndian(entry, firstOffset / Sectors.Size);
        BinaryPrimitives.WriteInt32LittleEndian(entry.AsSpan(8), alignment);
        BinaryPrimitives.WriteInt64LittleEndian(entry.AsSpan(16), deviceSize);
        Encoding.ASCII.GetBytes(deviceName, entry.AsSpan(24));
        return entry;
    }
}
