using System.Buffers.Binary;
using BootLoader.Blocks;

namespace BootLoader.Super;

/// <summary>The metadata of a slot, in the caller's memory; <see cref="LpMetadataReader"/> makes it, and has checked every entry.</summary>
/// <remarks>Allocates nothing and throws nothing, so programs without a runtime share it.</remarks>
public readonly ref struct LpMetadata
{
    private readonly ReadOnlySpan<byte> _tables;
    private readonly LpHeader _header;

    internal LpMetadata(ReadOnlySpan<byte> tables, scoped in LpHeader header)
    {
        _tables = tables;
        _header = header;
    }

    /// <summary>The minor version of the format; the major one is <see cref="LpFormat.MajorVersion"/>.</summary>
    public int MinorVersion => _header.MinorVersion;

    /// <summary>The partitions.</summary>
    public int PartitionCount => _header.Partitions.Count;

    /// <summary>The groups.</summary>
    public int GroupCount => _header.Groups.Count;

    /// <summary>Bytes that the disk had when the metadata was made.</summary>
    public ulong DeviceSize => BinaryPrimitives.ReadUInt64LittleEndian(Device[16..]);

    /// <summary>The first sector that a partition may have.</summary>
    public ulong FirstLogicalSector => BinaryPrimitives.ReadUInt64LittleEndian(Device);

    /// <summary>The name of the physical partition, ASCII.</summary>
    public ReadOnlySpan<byte> DeviceName => Name(Device.Slice(24, LpFormat.NameSize));

    private ReadOnlySpan<byte> Device => _header.BlockDevices.Entry(_tables, 0);

    /// <summary>Finds a partition that may be used.</summary>
    /// <param name="name">Its name, ASCII, with the slot's suffix.</param>
    /// <param name="partition">The partition, usable when nothing is wrong.</param>
    /// <returns><see cref="LpFault.None"/>, <see cref="LpFault.NotFound"/>, <see cref="LpFault.Ambiguous"/> or <see cref="LpFault.Disabled"/>.</returns>
    public LpFault Find(scoped ReadOnlySpan<byte> name, out LpPartition partition)
    {
        partition = default;
        int found = 0;
        for (int i = 0; i < PartitionCount; i++)
        {
            if (PartitionName(i).SequenceEqual(name))
            {
                found++;
                partition = Partition(i);
            }
        }

        if (found != 1)
        {
            partition = default;
            return found == 0 ? LpFault.NotFound : LpFault.Ambiguous;
        }

        return (partition.Attributes & LpAttributes.Disabled) == 0 ? LpFault.None : LpFault.Disabled;
    }

    /// <summary>A partition.</summary>
    /// <param name="index">Less than <see cref="PartitionCount"/>.</param>
    public LpPartition Partition(int index)
    {
        ReadOnlySpan<byte> entry = _header.Partitions.Entry(_tables, index);
        int first = BinaryPrimitives.ReadInt32LittleEndian(entry[40..]);
        int count = BinaryPrimitives.ReadInt32LittleEndian(entry[44..]);
        ulong sectors = 0;
        for (int i = 0; i < count; i++)
        {
            sectors += BinaryPrimitives.ReadUInt64LittleEndian(_header.Extents.Entry(_tables, first + i));
        }

        return new LpPartition(
            index, (LpAttributes)BinaryPrimitives.ReadUInt32LittleEndian(entry[36..]), first, count, BinaryPrimitives.ReadInt32LittleEndian(entry[48..]), sectors);
    }

    /// <summary>A partition's name, ASCII.</summary>
    /// <param name="index">Less than <see cref="PartitionCount"/>.</param>
    public ReadOnlySpan<byte> PartitionName(int index) => Name(_header.Partitions.Entry(_tables, index)[..LpFormat.NameSize]);

    /// <summary>A group's name, ASCII.</summary>
    /// <param name="index">Less than <see cref="GroupCount"/>.</param>
    public ReadOnlySpan<byte> GroupName(int index) => Name(_header.Groups.Entry(_tables, index)[..LpFormat.NameSize]);

    /// <summary>An extent of a partition.</summary>
    /// <param name="partition">A partition of this metadata.</param>
    /// <param name="index">Less than its <see cref="LpPartition.ExtentCount"/>.</param>
    public LpExtent Extent(in LpPartition partition, int index)
    {
        ReadOnlySpan<byte> entry = _header.Extents.Entry(_tables, partition.FirstExtent + index);
        return new LpExtent(
            BinaryPrimitives.ReadUInt32LittleEndian(entry[8..]) == LpFormat.TargetZero,
            BinaryPrimitives.ReadUInt64LittleEndian(entry[12..]),
            BinaryPrimitives.ReadUInt64LittleEndian(entry));
    }

    /// <summary>Checks every entry of the tables, which lie where they should.</summary>
    /// <param name="sectors">The sectors of the disk.</param>
    /// <param name="metadataEnd">Where the metadata ends, in bytes.</param>
    internal LpFault Check(ulong sectors, ulong metadataEnd)
    {
        if (_header.BlockDevices.Count != 1)
        {
            return LpFault.SeveralDevices;
        }

        ulong end = DeviceSize / Sectors.Size;
        if (FirstLogicalSector < (metadataEnd + Sectors.Size - 1) / Sectors.Size || FirstLogicalSector > end || end > sectors)
        {
            return LpFault.BadDevice;
        }

        for (int i = 0; i < _header.Extents.Count; i++)
        {
            if (!IsGoodExtent(_header.Extents.Entry(_tables, i), end))
            {
                return LpFault.BadExtent;
            }
        }

        for (int i = 0; i < PartitionCount; i++)
        {
            if (!IsGoodPartition(_header.Partitions.Entry(_tables, i)))
            {
                return LpFault.BadPartition;
            }
        }

        return LpFault.None;
    }

    private bool IsGoodExtent(ReadOnlySpan<byte> entry, ulong end)
    {
        ulong count = BinaryPrimitives.ReadUInt64LittleEndian(entry);
        uint type = BinaryPrimitives.ReadUInt32LittleEndian(entry[8..]);
        ulong first = BinaryPrimitives.ReadUInt64LittleEndian(entry[12..]);
        if (count == 0 || BinaryPrimitives.ReadUInt32LittleEndian(entry[20..]) != 0)
        {
            return false;
        }

        // So many sectors of zeros that their sum over all extents of a table would not overflow.
        return type == LpFormat.TargetZero
            ? first == 0 && count <= uint.MaxValue
            : type == LpFormat.TargetLinear && first >= FirstLogicalSector && first <= end && count <= end - first;
    }

    private bool IsGoodPartition(ReadOnlySpan<byte> entry)
    {
        LpAttributes known = LpAttributes.Readonly | LpAttributes.SlotSuffixed;
        if (MinorVersion >= LpFormat.VersionOfUpdated)
        {
            known |= LpAttributes.Updated | LpAttributes.Disabled;
        }

        uint first = BinaryPrimitives.ReadUInt32LittleEndian(entry[40..]);
        uint count = BinaryPrimitives.ReadUInt32LittleEndian(entry[44..]);
        return IsName(entry[..LpFormat.NameSize]) &&
            ((LpAttributes)BinaryPrimitives.ReadUInt32LittleEndian(entry[36..]) & ~known) == 0 &&
            first <= (uint)_header.Extents.Count && count <= (uint)_header.Extents.Count - first &&
            BinaryPrimitives.ReadUInt32LittleEndian(entry[48..]) < (uint)GroupCount;
    }

    // Letters, digits and underscores, at least one; zeros behind them.
    private static bool IsName(ReadOnlySpan<byte> field)
    {
        ReadOnlySpan<byte> name = Name(field);
        for (int i = 0; i < field.Length; i++)
        {
            byte at = field[i];
            bool isGood = i < name.Length
                ? at is (>= (byte)'a' and <= (byte)'z') or (>= (byte)'A' and <= (byte)'Z') or (>= (byte)'0' and <= (byte)'9') or (byte)'_'
                : at == 0;
            if (!isGood)
            {
                return false;
            }
        }

        return name.Length > 0;
    }

    private static ReadOnlySpan<byte> Name(ReadOnlySpan<byte> field)
    {
        int length = 0;
        while (length < field.Length && field[length] != 0)
        {
            length++;
        }

        return field[..length];
    }
}
