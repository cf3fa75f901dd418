using BootLoader.Super;
using BootLoader.Super.Making;

namespace BootLoader.Tests.Super;

public sealed class LpMetadataReaderTests
{
    [Fact]
    public void A_partition_is_found_by_its_name()
    {
        byte[] disk = TestSuper.Disk();
        Assert.Equal("Readonly 56+16", TestSuper.Find(disk));
        Assert.Equal("None 72+8", TestSuper.Find(disk, "vendor_a"));
        Assert.Equal("None", TestSuper.Find(disk, "system_b"));
        Assert.Equal("Readonly 56+16", TestSuper.Find(disk, slot: 1));
        Assert.Equal("NoSlot", TestSuper.Find(disk, slot: 2));
    }

    [Theory]
    [InlineData("system")]
    [InlineData("system_a2")]
    [InlineData("SYSTEM_A")]
    [InlineData("")]
    [InlineData("system_a\0")]
    public void Another_name_is_not_taken_for_it(string name) => Assert.Equal("NotFound", TestSuper.Find(TestSuper.Disk(), name));

    [Fact]
    public void A_name_that_two_partitions_have_is_ambiguous() => Assert.Equal(
        "Ambiguous", TestSuper.Find(TestSuper.Changed(static disk => disk.AsSpan(TestSuper.Partition, 36).CopyTo(disk.AsSpan(TestSuper.Partition + 52)))));

    [Fact]
    public void Each_bit_of_the_first_copies_that_is_flipped_leads_to_the_second_ones()
    {
        byte[] disk = TestSuper.Disk();
        byte[] single = TestSuper.Changed(static _ => { });
        foreach ((int from, int to) in new[] { (TestSuper.Geometry, TestSuper.Geometry + 52), (TestSuper.Metadata, TestSuper.End) })
        {
            for (int bit = from * 8; bit < to * 8; bit++)
            {
                disk[bit / 8] ^= (byte)(1 << (bit % 8));
                single[bit / 8] ^= (byte)(1 << (bit % 8));
                Assert.Equal("Readonly 56+16", TestSuper.Find(disk));
                Assert.True(Enum.TryParse(TestSuper.Find(single), out LpFault fault) && fault != LpFault.None, $"bit {bit} does not count");
                disk[bit / 8] ^= (byte)(1 << (bit % 8));
                single[bit / 8] ^= (byte)(1 << (bit % 8));
            }
        }

        Assert.Equal("Readonly 56+16", TestSuper.Find(single));
    }

    [Fact]
    public void A_disk_that_ends_anywhere_before_its_partitions_do_is_refused()
    {
        byte[] disk = TestSuper.Disk();
        for (int sectors = 0; sectors < disk.Length / 512; sectors++)
        {
            string found = TestSuper.Find(disk[..(sectors * 512)]);
            Assert.True(found is "TooSmall" or "BadDevice", $"{sectors} sectors: {found}");
        }

        Assert.Equal("Readonly 56+16", TestSuper.Find([.. disk, .. new byte[4096]]));
    }

    [Theory]
    [InlineData(0, "TooLarge")]
    [InlineData(511, "TooLarge")]
    [InlineData(512, "Readonly 56+16")]
    [InlineData(700, "Readonly 56+16")]
    public void Metadata_that_does_not_fit_the_memory_is_refused(int memory, string found)
    {
        Assert.Equal(508, TestSuper.End - TestSuper.Metadata + 16);
        Assert.Equal(found, TestSuper.Find(TestSuper.Disk(), memory: memory));
    }

    [Fact]
    public void Metadata_of_several_sectors_needs_memory_for_all_of_them()
    {
        var builder = new SuperImageBuilder { MetadataSize = 4096, Alignment = 4096 };
        for (int i = 0; i < 20; i++)
        {
            builder.Add(new LogicalPartition($"part{i}", 4096));
        }

        SuperImage image = builder.Build();
        byte[] disk = new byte[image.Size];
        image.Start.CopyTo(disk, 0);
        Assert.Equal("None 208+8", TestSuper.Find(disk, "part19", memory: 2048));
        Assert.Equal("TooLarge", TestSuper.Find(disk, "part19", memory: 2047));
    }

    /// <summary>Contents whose checksums are right, so that only what they say is wrong.</summary>
    public static TheoryData<string, int, uint> WrongNumbers => new()
    {
        { "NoGeometry", TestSuper.Geometry, 0x616c4468 },
        { "BadGeometry", TestSuper.Geometry + 4, 53 },
        { "BadGeometry", TestSuper.Geometry + 4, uint.MaxValue },
        { "BadGeometry", TestSuper.Geometry + 40, 0 },
        { "BadGeometry", TestSuper.Geometry + 40, 4097 },
        { "TooSmall", TestSuper.Geometry + 40, 0xfffffe00 },
        { "BadGeometry", TestSuper.Geometry + 44, 0 },
        { "BadGeometry", TestSuper.Geometry + 44, 27 },
        { "BadGeometry", TestSuper.Geometry + 44, uint.MaxValue },
        { "BadGeometry", TestSuper.Geometry + 48, 0 },
        { "BadGeometry", TestSuper.Geometry + 48, 4097 },
        { "NoHeader", TestSuper.Metadata, 0x414c5031 },
        { "BadVersion", TestSuper.Metadata + 4, 9 },
        { "BadVersion", TestSuper.Metadata + 4, 0x0003000a },
        { "BadHeaderSize", TestSuper.Metadata + 8, 256 },
        { "BadHeaderSize", TestSuper.Metadata + 8, uint.MaxValue },
        { "BadTables", TestSuper.Metadata + 44, 363 },
        { "BadTables", TestSuper.Metadata + 44, 4096 - 127 },
        { "BadTables", TestSuper.Metadata + 44, uint.MaxValue },
        { "BadTables", TestSuper.Metadata + 80, uint.MaxValue },
        { "BadTables", TestSuper.Metadata + 80, 365 },
        { "BadTables", TestSuper.Metadata + 84, 8 },
        { "BadTables", TestSuper.Metadata + 84, 0x04ec4ec5 },
        { "BadTables", TestSuper.Metadata + 84, uint.MaxValue },
        { "BadTables", TestSuper.Metadata + 88, 51 },
        { "BadTables", TestSuper.Metadata + 88, 0 },
        { "BadTables", TestSuper.Metadata + 100, 25 },
        { "BadTables", TestSuper.Metadata + 112, 47 },
        { "BadTables", TestSuper.Metadata + 124, 63 },
        { "SeveralDevices", TestSuper.Metadata + 120, 0 },
        { "BadPartition", TestSuper.Partition, 0x2d2d2d2d },
        { "BadPartition", TestSuper.Partition + 52, 0 },
        { "BadPartition", TestSuper.Partition + 32, 1 },
        { "BadPartition", TestSuper.Partition + 36, 4 },
        { "BadPartition", TestSuper.Partition + 40, 2 },
        { "BadPartition", TestSuper.Partition + 40, uint.MaxValue },
        { "BadPartition", TestSuper.Partition + 44, 3 },
        { "BadPartition", TestSuper.Partition + 44, uint.MaxValue },
        { "BadPartition", TestSuper.Partition + 48, 2 },
        { "BadExtent", TestSuper.Extent, 0 },
        { "BadExtent", TestSuper.Extent + 4, 1 },
        { "BadExtent", TestSuper.Extent, 25 },
        { "BadExtent", TestSuper.Extent + 8, 1 },
        { "BadExtent", TestSuper.Extent + 8, 2 },
        { "BadExtent", TestSuper.Extent + 12, 55 },
        { "BadExtent", TestSuper.Extent + 12, 65 },
        { "BadExtent", TestSuper.Extent + 16, uint.MaxValue },
        { "BadExtent", TestSuper.Extent + 20, 1 },
        { "BadDevice", TestSuper.Device, 55 },
        { "BadDevice", TestSuper.Device, 81 },
        { "BadDevice", TestSuper.Device + 4, uint.MaxValue },
        { "BadDevice", TestSuper.Device + 16, 41472 },
        { "BadDevice", TestSuper.Device + 20, 1 },
    };

    [Theory]
    [MemberData(nameof(WrongNumbers))]
    public void A_wrong_number_under_right_checksums_is_refused(string fault, int offset, uint value) =>
        Assert.Equal(fault, TestSuper.Find(TestSuper.Changed(disk => TestSuper.Put(disk, offset, value))));

    [Fact]
    public void An_extent_of_zeros_lies_nowhere()
    {
        byte[] disk = TestSuper.Changed(static disk =>
        {
            TestSuper.Put(disk, TestSuper.Extent + 8, 1u);
            TestSuper.Put(disk, TestSuper.Extent + 12, 0UL);
            TestSuper.Put(disk, TestSuper.Partition + 44, 2u);
        });
        Assert.Equal("Readonly zero 16 72+8", TestSuper.Find(disk));
    }

    [Fact]
    public void A_disabled_partition_is_not_used_and_older_metadata_has_none()
    {
        static void Disable(byte[] disk) => TestSuper.Put(disk, TestSuper.Partition + 36, (uint)(LpAttributes.Disabled | LpAttributes.Readonly));
        Assert.Equal("BadPartition", TestSuper.Find(TestSuper.Changed(Disable)));
        Assert.Equal("Disabled", TestSuper.Find(TestSuper.Changed(static disk =>
        {
            Disable(disk);
            disk[TestSuper.Metadata + 6] = 1;
        })));
    }

    [Fact]
    public void An_expanded_header_is_read()
    {
        byte[] disk = TestSuper.Changed(static disk =>
        {
            byte[] tables = disk[TestSuper.Tables..TestSuper.End];
            disk[TestSuper.Metadata + 6] = 2;
            TestSuper.Put(disk, TestSuper.Metadata + 8, 256u);
            disk.AsSpan(TestSuper.Tables, 128).Clear();
            disk[TestSuper.Tables] = 1;
            tables.CopyTo(disk, TestSuper.Tables + 128);
        });
        Assert.Equal("Readonly 56+16", TestSuper.Find(disk));
    }

    [Fact]
    public void No_sector_is_read_twice_and_a_disk_that_fails_is_not_asked_again()
    {
        var store = new MemoryStore(TestSuper.Disk());
        Assert.Equal("Readonly 56+16", TestSuper.Find(ref store));
        Assert.Equal(2, store.SectorsRead);
        for (int calls = 0; calls < 2; calls++)
        {
            var failing = new MemoryStore(TestSuper.Disk()) { CallsLeft = calls };
            Assert.Equal("DiskFailed", TestSuper.Find(ref failing));
            Assert.Equal(-1, failing.CallsLeft);
        }
    }

    [Fact]
    public void Whatever_the_tables_say_under_right_checksums_nothing_outside_of_the_disk_is_named()
    {
        var random = new Random(20240605);
        int good = 0;
        for (int round = 0; round < 20_000; round++)
        {
            byte[] disk = TestSuper.Changed(disk =>
            {
                for (int changes = random.Next(1, 5); changes > 0; changes--)
                {
                    bool isGeometry = random.Next(8) == 0;
                    int at = isGeometry ? TestSuper.Geometry + random.Next(40, 52) : TestSuper.Metadata + random.Next(4, TestSuper.End - TestSuper.Metadata);
                    disk[at] = random.Next(3) switch { 0 => 0, 1 => 0xff, _ => (byte)random.Next(256) };
                }
            });
            string[] names = ["system_a", "system_b", "vendor_a"];
            good += names.Count(name => !Enum.TryParse(TestSuper.Find(disk, name, (uint)random.Next(2)), out LpFault fault) || fault == LpFault.None);
        }

        Assert.InRange(good, 1000, 59_000);
    }
}
