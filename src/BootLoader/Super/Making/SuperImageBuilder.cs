using BootLoader.Blocks;

namespace BootLoader.Super.Making;

/// <summary>Lays out a disk with logical partitions, as lpmake does with the same values: one extent a partition, in the order in which they were added.</summary>
public sealed class SuperImageBuilder
{
    /// <summary>The group without a limit, which is always there.</summary>
    public const string DefaultGroup = "default";

    /// <summary>The largest disk: 16 TiB.</summary>
    public const long LargestSize = 1L << 44;

    private readonly List<LogicalPartition> _partitions = [];
    private readonly List<(string Name, long MaximumSize)> _groups = [(DefaultGroup, 0)];

    /// <summary>Bytes of the disk, whole blocks; null for as few as are possible with an end that is no partition's.</summary>
    public long? DeviceSize { get; init; }

    /// <summary>The name of the physical partition.</summary>
    public string DeviceName { get; init; } = "super";

    /// <summary>Bytes that the metadata of a slot may have, rounded up to whole sectors.</summary>
    public int MetadataSize { get; init; } = 65536;

    /// <summary>Slots with metadata, from 1 to 26; all are the same at first.</summary>
    public int SlotCount { get; init; } = 2;

    /// <summary>Bytes of a block, whole sectors: partitions have whole blocks.</summary>
    public int BlockSize { get; init; } = 4096;

    /// <summary>Where partitions begin: at multiples of so many bytes, which are whole sectors.</summary>
    public int Alignment { get; init; } = 1 << 20;

    /// <summary>Adds a group.</summary>
    /// <param name="name">Its name: up to 36 letters, digits and underscores.</param>
    /// <param name="maximumSize">Bytes that its partitions may have together; 0 for no limit.</param>
    /// <exception cref="SuperException">There is one of that name, or the name is none.</exception>
    public void AddGroup(string name, long maximumSize)
    {
        CheckName("group", name);
        Check(!_groups.Exists(group => group.Name == name), $"there are two groups '{name}'");
        _groups.Add((name, maximumSize));
    }

    /// <summary>Adds a partition.</summary>
    /// <param name="partition">The partition.</param>
    /// <exception cref="SuperException">There is one of that name, the name is none, or its size is no size.</exception>
    public void Add(LogicalPartition partition)
    {
        ArgumentNullException.ThrowIfNull(partition);
        CheckName("partition", partition.Name);
        Check(!_partitions.Exists(other => other.Name == partition.Name), $"there are two partitions '{partition.Name}'");
        Check(partition.Size is >= 0 and <= LargestSize, $"the partition '{partition.Name}' of {partition.Size} bytes: 0 to {LargestSize} are possible");
        Check(
            (partition.Attributes & ~LpAttributes.Readonly) == 0,
            $"the partition '{partition.Name}' with the attributes {partition.Attributes}: none and Readonly can be made");
        _partitions.Add(partition);
    }

    /// <summary>Lays the disk out.</summary>
    /// <exception cref="SuperException">A value is out of range, or the partitions do not fit the disk, their group or the metadata.</exception>
    public SuperImage Build()
    {
        CheckName("block device", DeviceName);
        Check(BlockSize > 0 && BlockSize % Sectors.Size == 0, $"blocks of {BlockSize} bytes: they must be whole sectors of {Sectors.Size}");
        Check(Alignment > 0 && Alignment % Sectors.Size == 0, $"an alignment of {Alignment} bytes: it must be whole sectors of {Sectors.Size}");
        Check(SlotCount is >= 1 and <= (int)LpFormat.MostSlots, $"{SlotCount} slots: 1 to {LpFormat.MostSlots} are possible");
        Check(MetadataSize is > 0 and <= 1 << 24, $"metadata of {MetadataSize} bytes: 1 to {1 << 24} are possible");
        int metadataSize = (int)Round(MetadataSize, Sectors.Size);
        long first = Round(LpFormat.MetadataStart + (2L * SlotCount * metadataSize), Alignment), end = first;
        long[] offsets = new long[_partitions.Count];
        var extents = new List<LpExtent>();
        for (int i = 0; i < offsets.Length; i++)
        {
            long size = Round(_partitions[i].Size, BlockSize);
            offsets[i] = Round(end, Alignment);
            if (size > 0)
            {
                end = offsets[i] + size;
                Check(end <= LargestSize, $"the partition '{_partitions[i].Name}' would end at byte {end}; a disk can have {LargestSize}");
                extents.Add(new LpExtent(isZero: false, (ulong)offsets[i] / Sectors.Size, (ulong)size / Sectors.Size));
            }
        }

        CheckGroups();
        // A footer at the end of a partition is not to be taken for one of the whole.
        long device = DeviceSize ?? Round(Round(end + 1, Alignment), BlockSize);
        Check(device <= LargestSize && device % BlockSize == 0, $"a disk of {device} bytes: it must have whole blocks of {BlockSize}, and at most {LargestSize} bytes");
        Check(device >= end, $"a disk of {device} bytes: metadata and partitions need {end}");
        var writer = new LpMetadataWriter(_partitions, extents, _groups, DeviceName, first, Alignment, device);
        return new SuperImage(Place(LpMetadataWriter.Geometry(metadataSize, SlotCount, BlockSize), Fitting(writer.Metadata(), metadataSize), metadataSize), device, offsets);
    }

    private static byte[] Fitting(byte[] metadata, int limit)
    {
        Check(metadata.Length <= limit, $"the metadata has {metadata.Length} bytes, of at most {limit}");
        return metadata;
    }

    private byte[] Place(byte[] geometry, byte[] metadata, int metadataSize)
    {
        byte[] start = new byte[LpFormat.MetadataStart + (2 * SlotCount * metadataSize)];
        geometry.CopyTo(start, LpFormat.ReservedSize);
        geometry.CopyTo(start, LpFormat.ReservedSize + LpFormat.GeometryArea);
        for (int copy = 0; copy < 2 * SlotCount; copy++)
        {
            metadata.CopyTo(start, LpFormat.MetadataStart + (copy * metadataSize));
        }

        return start;
    }

    private void CheckGroups()
    {
        foreach (LogicalPartition partition in _partitions)
        {
            Check(_groups.Exists(group => group.Name == partition.Group), $"the partition '{partition.Name}' is of the group '{partition.Group}', which is not there");
        }

        foreach ((string name, long maximum) in _groups)
        {
            long used = _partitions.Where(partition => partition.Group == name).Sum(partition => Round(partition.Size, BlockSize));
            Check(maximum >= 0 && (maximum == 0 || used <= maximum), $"the partitions of the group '{name}' have {used} bytes, of at most {maximum}");
        }
    }

    private static void CheckName(string kind, string name) => Check(
        name.Length is > 0 and <= LpFormat.NameSize && name.All(static letter => char.IsAsciiLetterOrDigit(letter) || letter == '_'),
        $"the {kind} '{name}': a name has 1 to {LpFormat.NameSize} letters, digits and underscores");

    private static long Round(long size, long multiple) => (size + multiple - 1) / multiple * multiple;

    private static void Check(bool good, FormattableString fault)
    {
        if (!good)
        {
            throw new SuperException(FormattableString.Invariant(fault));
        }
    }
}
