using System.Buffers.Binary;
using BootLoader.Super;
using BootLoader.Super.Making;

namespace BootLoader.Tests.Super;

public sealed class SuperImageBuilderTests
{
    [Fact]
    public void Partitions_lie_one_after_the_other_behind_the_metadata()
    {
        SuperImage image = TestSuper.Builder().Build();
        Assert.Equal([28672L, 36864L, 36864L], image.Offsets);
        Assert.Equal(45056, image.Size);
        Assert.Equal(28672, image.Start.Length);
    }

    [Fact]
    public void Without_other_wishes_partitions_begin_at_whole_mebibytes()
    {
        var builder = new SuperImageBuilder();
        builder.Add(new LogicalPartition("system_a", 1));
        builder.Add(new LogicalPartition("vendor_a", 4097));
        SuperImage image = builder.Build();
        Assert.Equal([1L << 20, 2L << 20], image.Offsets);
        Assert.Equal(3 << 20, image.Size);
        Assert.Equal(0, image.Start.AsSpan(0, 4096).IndexOfAnyExcept((byte)0) + 1);
    }

    [Fact]
    public void The_disk_is_as_large_as_was_asked_for() => Assert.Equal(1 << 20, TestSuper.Builder(1 << 20).Build().Size);

    [Fact]
    public void The_same_partitions_give_the_same_bytes() => Assert.Equal(TestSuper.Disk(), TestSuper.Disk());

    /// <summary>Offsets and values of liblp's metadata_format.h, by hand.</summary>
    [Fact]
    public void The_fields_lie_where_the_format_has_them()
    {
        byte[] disk = TestSuper.Disk();
        Assert.Equal("gDla4\0\0\0"u8.ToArray(), disk[4096..4104]);
        Assert.Equal(disk[4096..8192], disk[8192..12288]);
        Assert.Equal("0PLA\x0a\0\0\0"u8.ToArray(), disk[12288..12296]);
        Assert.Equal(disk[12288..16384], disk[24576..28672]);
        uint[] tables = [.. Enumerable.Range(0, 12).Select(i => BinaryPrimitives.ReadUInt32LittleEndian(disk.AsSpan(12288 + 80 + (4 * i))))];
        Assert.Equal([0, 3, 52, 156, 2, 24, 204, 2, 48, 300, 1, 64], tables);
        Assert.Equal("vendor_a\0"u8.ToArray(), disk[12520..12529]);
        Assert.Equal("default\0"u8.ToArray(), disk[12620..12628]);
        Assert.Equal("super\0"u8.ToArray(), disk[12740..12746]);
    }

    public static TheoryData<string, Action<List<LogicalPartition>>, long?> Wrong => new()
    {
        { "there are two partitions 'system_a'", static list => list.Add(new LogicalPartition("system_a", 1)), null },
        { "the partition 'a-b': a name has 1 to 36 letters, digits and underscores", static list => list.Add(new LogicalPartition("a-b", 1)), null },
        { "the partition '': a name has 1 to 36 letters, digits and underscores", static list => list.Add(new LogicalPartition("", 1)), null },
        { "the partition 'x' of -1 bytes: 0 to 17592186044416 are possible", static list => list.Add(new LogicalPartition("x", -1)), null },
        { "the partition 'x' of 17592186044417 bytes: 0 to 17592186044416 are possible", static list => list.Add(new LogicalPartition("x", (1L << 44) + 1)), null },
        { "the partition 'x' would end at byte 17592186060800; a disk can have 17592186044416", static list => list.Add(new LogicalPartition("x", 1L << 44)), null },
        { "the partition 'x' with the attributes Updated: none and Readonly can be made", static list => list.Add(new LogicalPartition("x", 1) { Attributes = LpAttributes.Updated }), null },
        { "the partition 'x' is of the group 'g', which is not there", static list => list.Add(new LogicalPartition("x", 1) { Group = "g" }), null },
        { "the partitions of the group 'small' have 8192 bytes, of at most 4096", static list => list.Add(new LogicalPartition("x", 4097) { Group = "small" }), null },
        { "a disk of 8192 bytes: metadata and partitions need 20480", static list => list.Add(new LogicalPartition("x", 1)), 8192L },
        { "a disk of 100001 bytes: it must have whole blocks of 4096, and at most 17592186044416 bytes", static _ => { }, 100_001L },
        { "the metadata has 568 bytes, of at most 512", static list => list.AddRange([new LogicalPartition("x", 1), new LogicalPartition("y", 1), new LogicalPartition("z", 1)]), null },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void What_cannot_be_laid_out_is_refused_with_its_reason(string message, Action<List<LogicalPartition>> add, long? size)
    {
        ArgumentNullException.ThrowIfNull(add);
        List<LogicalPartition> partitions = [new LogicalPartition("system_a", 0)];
        add(partitions);
        string failure = Assert.Throws<SuperException>(() =>
        {
            var builder = new SuperImageBuilder { DeviceSize = size, MetadataSize = 400, SlotCount = 1, Alignment = 4096 };
            builder.AddGroup("small", 4096);
            partitions.ForEach(builder.Add);
            builder.Build();
        }).Message;
        Assert.Equal(message, failure);
    }
}
