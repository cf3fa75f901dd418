using System.Buffers.Binary;
using BootLoader.Gpt;

namespace BootLoader.Tests.Gpt;

public sealed class GptPartitionFinderTests
{
    private const ulong Sectors = 256;
    private const int Header = 512;
    private const int Entries = 1024;
    private const int Second = Entries + 128;
    private const int Backup = ((int)Sectors - 1) * 512;

    [Fact]
    public void A_partition_is_found_by_its_label()
    {
        byte[] disk = Disk();
        Assert.Equal((GptFault.None, 50UL, 11UL), Find(disk));
        Assert.Equal((GptFault.None, 40UL, 10UL), Find(disk, "other"));
        Assert.Equal((GptFault.None, 61UL, 1UL), Find(disk, "123456789012345678901234567890123456"));
    }

    [Theory]
    [InlineData("vm-instanc")]
    [InlineData("vm-instance2")]
    [InlineData("VM-INSTANCE")]
    [InlineData("1234567890123456789012345678901234567")]
    [InlineData("12345678901234567890123456789012345")]
    public void Another_label_is_not_taken_for_it(string label) => Assert.Equal(GptFault.NotFound, Find(Disk(), label).Fault);

    [Fact]
    public void An_entry_that_is_not_used_has_no_label()
    {
        byte[] disk = Disk();
        disk.AsSpan(Second, 16).Clear();
        Sum(disk);
        Assert.Equal(GptFault.NotFound, Find(disk).Fault);
    }

    [Fact]
    public void A_label_that_two_partitions_have_is_ambiguous()
    {
        byte[] disk = Disk();
        disk.AsSpan(Second + 56, 72).CopyTo(disk.AsSpan(Entries + 56));
        Sum(disk);
        Assert.Equal(GptFault.Ambiguous, Find(disk).Fault);
    }

    [Fact]
    public void Each_bit_of_the_first_header_that_is_flipped_leads_to_the_second_table()
    {
        byte[] disk = Disk();
        for (int bit = 0; bit < 92 * 8; bit++)
        {
            disk[Header + (bit / 8)] ^= (byte)(1 << (bit % 8));
            Assert.Equal((GptFault.None, 50UL, 11UL), Find(disk));
            disk[Header + (bit / 8)] ^= (byte)(1 << (bit % 8));
        }
    }

    [Fact]
    public void Each_byte_of_the_first_entries_counts()
    {
        byte[] disk = Disk();
        byte[] single = [.. disk];
        single.AsSpan(Backup, 8).Clear();
        for (int i = 0; i < 128 * 128; i += 61)
        {
            disk[Entries + i] ^= 0x10;
            single[Entries + i] ^= 0x10;
            Assert.Equal((GptFault.None, 50UL, 11UL), Find(disk));
            Assert.Equal(GptFault.BadEntriesSum, Find(single).Fault);
            disk[Entries + i] ^= 0x10;
            single[Entries + i] ^= 0x10;
        }
    }

    [Fact]
    public void Without_either_table_the_fault_is_that_of_the_first()
    {
        byte[] disk = Disk();
        disk[Backup] ^= 1;
        disk[Header + 17] ^= 1;
        Assert.Equal(GptFault.BadHeaderSum, Find(disk).Fault);
        disk[Header] ^= 1;
        Assert.Equal(GptFault.NoSignature, Find(disk).Fault);
        Assert.Equal(GptFault.NoSignature, Find(new byte[64 * 512]).Fault);
    }

    [Fact]
    public void The_second_table_in_the_place_of_the_first_is_misplaced()
    {
        byte[] disk = Disk();
        disk.AsSpan(Backup, 512).CopyTo(disk.AsSpan(Header));
        Assert.Equal(GptFault.None, Find(disk).Fault);
        disk[Backup] ^= 1;
        Assert.Equal(GptFault.Misplaced, Find(disk).Fault);
    }

    [Theory]
    [InlineData(12, 91u, GptFault.BadHeaderSize)]
    [InlineData(12, 513u, GptFault.BadHeaderSize)]
    [InlineData(12, uint.MaxValue, GptFault.BadHeaderSize)]
    [InlineData(80, 1025u, GptFault.BadEntryCount)]
    [InlineData(80, uint.MaxValue, GptFault.BadEntryCount)]
    [InlineData(84, 0u, GptFault.BadEntryCount)]
    [InlineData(84, 256u, GptFault.BadEntryCount)]
    [InlineData(72, 0u, GptFault.EntriesOutside)]
    [InlineData(72, 1u, GptFault.EntriesOutside)]
    [InlineData(72, 225u, GptFault.EntriesOutside)]
    [InlineData(72, uint.MaxValue, GptFault.EntriesOutside)]
    [InlineData(76, uint.MaxValue, GptFault.EntriesOutside)]
    [InlineData(80, 1024u, GptFault.EntriesOutside)]
    [InlineData(80, 4u, GptFault.BadEntriesSum)]
    public void A_header_that_lies_is_refused_however_right_its_sum(int field, uint value, GptFault fault)
    {
        byte[] disk = Disk();
        disk[Backup] ^= 1;
        BinaryPrimitives.WriteUInt32LittleEndian(disk.AsSpan(Header + field), value);
        if (field == 80 && value == 1024)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(disk.AsSpan(Header + 72), 2 + 256 - 3);
        }

        SumHeader(disk);
        Assert.Equal(fault, Find(disk).Fault);
    }

    [Theory]
    [InlineData(61UL, 60UL)]
    [InlineData(0UL, 60UL)]
    [InlineData(39UL, 60UL)]
    [InlineData(50UL, 223UL)]
    [InlineData(50UL, ulong.MaxValue)]
    [InlineData(0UL, ulong.MaxValue)]
    [InlineData(ulong.MaxValue, ulong.MaxValue)]
    public void A_partition_that_lies_outside_is_refused(ulong first, ulong last)
    {
        byte[] disk = Disk();
        SetExtent(disk, first, last);
        Sum(disk);
        Assert.Equal(GptFault.PartitionOutside, Find(disk).Fault);
    }

    [Theory]
    [InlineData(0UL, 60UL)]
    [InlineData(1UL, 1UL)]
    [InlineData(2UL, 2UL)]
    [InlineData(33UL, 60UL)]
    [InlineData(34UL, 255UL)]
    [InlineData(34UL, ulong.MaxValue)]
    public void A_partition_over_the_tables_is_refused_whatever_the_header_calls_usable(ulong first, ulong last)
    {
        byte[] disk = Disk();
        SetExtent(disk, first, last);
        BinaryPrimitives.WriteUInt64LittleEndian(disk.AsSpan(Header + 40), 0);
        BinaryPrimitives.WriteUInt64LittleEndian(disk.AsSpan(Header + 48), ulong.MaxValue);
        Sum(disk);
        Assert.Equal(GptFault.PartitionOutside, Find(disk).Fault);
    }

    [Fact]
    public void A_disk_that_is_cut_anywhere_has_the_partition_or_a_fault()
    {
        byte[] disk = Disk();
        for (int sectors = 0; sectors < (int)Sectors; sectors++)
        {
            GptFault fault = Find(disk[..(sectors * 512)]).Fault;
            Assert.Equal(
                sectors < 3 ? GptFault.TooSmall : sectors < 34 ? GptFault.EntriesOutside : sectors < 62 ? GptFault.PartitionOutside : GptFault.None,
                fault);
        }
    }

    [Fact]
    public void A_disk_that_fails_is_a_fault_and_is_not_asked_again()
    {
        for (int calls = 0; calls < 33; calls++)
        {
            MemoryStore store = new(Disk()) { CallsLeft = calls };
            Assert.Equal(GptFault.DiskFailed, GptPartitionFinder.Find(ref store, "vm-instance"u8, out _));
            Assert.Equal(calls, store.SectorsRead);
        }
    }

    [Fact]
    public void Mutated_tables_never_do_more_than_be_refused()
    {
        Random random = new(7);
        byte[] good = Disk();
        for (int round = 0; round < 1000; round++)
        {
            byte[] disk = [.. good];
            for (int change = random.Next(1, 4); change > 0; change--)
            {
                disk[Header + (random.Next(2) == 0 ? 12 + random.Next(80) : 512 + random.Next(384))] = (byte)random.Next(256);
            }

            Sum(disk);
            (GptFault fault, ulong first, ulong count) = Find(disk);
            Assert.True(fault != GptFault.None || (count > 0 && first >= 34 && count <= Sectors - 1 - first), $"{first}, {count}");
        }
    }

    [Fact]
    public void Finding_a_partition_allocates_nothing()
    {
        MemoryStore store = new(Disk());
        bool good = true;
        void Run()
        {
            for (int i = 0; i < 20; i++)
            {
                good &= GptPartitionFinder.Find(ref store, "vm-instance"u8, out _) == GptFault.None;
            }
        }

        Run();
        Assert.Equal(0, Allocations.Of(Run));
        Assert.True(good);
    }

    private static (GptFault Fault, ulong First, ulong Count) Find(byte[] disk, string label = "vm-instance")
    {
        MemoryStore store = new(disk);
        GptFault fault = GptPartitionFinder.Find(ref store, System.Text.Encoding.ASCII.GetBytes(label), out GptExtent extent);
        return (fault, extent.First, extent.Count);
    }

    private static byte[] Disk()
    {
        GptTable table = new(
            new Guid("01234567-89AB-CDEF-0123-456789ABCDEF"),
            Sectors,
            40,
            [
                new GptPartition("other", 40, 49) { Id = Guid.NewGuid() },
                new GptPartition("vm-instance", 50, 60) { Id = Guid.NewGuid() },
                new GptPartition("123456789012345678901234567890123456", 61, 61) { Id = Guid.NewGuid() },
            ]);
        byte[] disk = new byte[Sectors * 512];
        table.ToStart().CopyTo(disk, 0);
        byte[] end = table.ToEnd();
        end.CopyTo(disk, disk.Length - end.Length);
        return disk;
    }

    private static void SetExtent(byte[] disk, ulong first, ulong last)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(disk.AsSpan(Second + 32), first);
        BinaryPrimitives.WriteUInt64LittleEndian(disk.AsSpan(Second + 40), last);
    }

    private static void Sum(byte[] disk)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(disk.AsSpan(Header + 88), Crc32.Of(disk.AsSpan(Entries, 128 * 128)));
        SumHeader(disk);
    }

    private static void SumHeader(byte[] disk)
    {
        disk.AsSpan(Header + 16, 4).Clear();
        int size = Math.Clamp(BinaryPrimitives.ReadInt32LittleEndian(disk.AsSpan(Header + 12)), 0, 512);
        BinaryPrimitives.WriteUInt32LittleEndian(disk.AsSpan(Header + 16), Crc32.Of(disk.AsSpan(Header, size)));
    }
}
