using System.Diagnostics;
using System.Text;
using BootLoader.Gpt;

namespace BootLoader.Tests.Gpt;

public sealed class GptTests : IDisposable
{
    private const ulong Sectors = 4096;

    private readonly string _path = Path.GetTempFileName();

    [SkippableTheory]
    [InlineData("sgdisk", "--verify", "No problems found")]
    [InlineData("sfdisk", "--verify", "No errors detected")]
    [InlineData("fdisk", "-l", "Disklabel type: gpt")]
    public void A_table_is_good_to_the_systems_tools(string tool, string option, string verdict)
    {
        WriteDisk(Example());
        (int status, byte[] output, string errors) = Tool.Run([], tool, option, _path);
        string text = Encoding.UTF8.GetString(output) + errors;
        Assert.True(status == 0, text);
        Assert.Contains(verdict, text, StringComparison.Ordinal);
        foreach (string complaint in (string[])["mismatch", "corrupt", "invalid", "Caution"])
        {
            Assert.DoesNotContain(complaint, text, StringComparison.OrdinalIgnoreCase);
        }
    }

    [SkippableFact]
    public void The_systems_tools_see_what_was_written()
    {
        WriteDisk(Example());
        string text = Encoding.UTF8.GetString(Tool.Filter([], "sfdisk", "--dump", _path));
        Assert.Contains("label-id: 01234567-89AB-CDEF-0123-456789ABCDEF", text, StringComparison.Ordinal);
        Assert.Contains("first-lba: 40", text, StringComparison.Ordinal);
        Assert.Contains("start=          40, size=           8, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B, uuid=00000000-0000-0000-0000-000000000001, name=\"esp\"", text, StringComparison.Ordinal);
        Assert.Contains("start=          48, size=        1000, type=0FC63DAF-8483-4772-8E79-3D69D8477DE4, uuid=00000000-0000-0000-0000-000000000002, name=\"system\"", text, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void A_disk_without_its_first_table_is_read_by_the_second()
    {
        WriteDisk(Example());
        using (FileStream file = File.OpenWrite(_path))
        {
            file.Seek(512, SeekOrigin.Begin);
            file.Write(new byte[39 * 512]);
        }

        string text = Encoding.UTF8.GetString(Tool.Filter([], "sfdisk", "--dump", _path));
        Assert.Contains("name=\"esp\"", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_table_that_is_written_is_read_as_the_same_table()
    {
        GptTable example = Example();
        GptTable table = new(example.DiskId, Sectors, 34, [.. example.Partitions, new GptPartition("größer 🙂", 2000, 2000) { Id = Guid.NewGuid(), Attributes = 4 }]);
        GptTable read = GptReader.Read(table.ToStart(), Sectors);
        Assert.Equal(table.DiskId, read.DiskId);
        Assert.Equal(table.FirstUsable, read.FirstUsable);
        Assert.Equal(table.Partitions, read.Partitions);
    }

    [Fact]
    public void A_table_of_128_partitions_is_full()
    {
        GptPartition Partition(uint i) => new($"p{i}", 40 + i, 40 + i) { Id = new Guid(i + 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0) };
        GptTable table = new(Guid.NewGuid(), Sectors, 40, [.. Enumerable.Range(0, 128).Select(i => Partition((uint)i))]);
        Assert.Equal(table.Partitions, GptReader.Read(table.ToStart(), Sectors).Partitions);
        Assert.Throws<GptException>(() => new GptTable(Guid.NewGuid(), Sectors, 40, [.. Enumerable.Range(0, 129).Select(i => Partition((uint)i))]));
    }

    [Theory]
    [InlineData("a label of thirty-seven characters ...", 40UL, 50UL)]
    [InlineData("first sector too low", 39UL, 50UL)]
    [InlineData("last sector too high", 40UL, 4063UL)]
    [InlineData("last before first", 40UL, 39UL)]
    [InlineData("nearly endless", 40UL, ulong.MaxValue)]
    public void A_partition_that_does_not_fit_is_refused(string name, ulong first, ulong last) =>
        Assert.Throws<GptException>(() => new GptTable(Guid.NewGuid(), Sectors, 40, [new GptPartition(name, first, last) { Id = Guid.NewGuid() }]));

    [Fact]
    public void Partitions_that_overlap_or_share_a_guid_are_refused()
    {
        GptPartition one = new("one", 40, 50) { Id = Guid.NewGuid() };
        Assert.Throws<GptException>(() => new GptTable(Guid.NewGuid(), Sectors, 40, [one, new GptPartition("two", 50, 60) { Id = Guid.NewGuid() }]));
        Assert.Throws<GptException>(() => new GptTable(Guid.NewGuid(), Sectors, 40, [one, new GptPartition("two", 51, 60) { Id = one.Id }]));
        Assert.Throws<GptException>(() => new GptTable(Guid.NewGuid(), 60, 40, []));
        Assert.Throws<GptException>(() => new GptTable(Guid.NewGuid(), Sectors, ulong.MaxValue, []));
    }

    [Fact]
    public void Mutated_tables_never_do_more_than_be_refused()
    {
        byte[] start = Example().ToStart();
        Random random = new(3);
        Stopwatch time = Stopwatch.StartNew();
        for (int step = 0; step < 100_000 && time.Elapsed < TimeSpan.FromSeconds(3); step++)
        {
            byte[] mutant = [.. start[..random.Next(start.Length + 1)]];
            for (int change = random.Next(4); change > 0 && mutant.Length > 600; change--)
            {
                mutant[512 + random.Next(88)] = (byte)random.Next(256);
            }

            if (mutant.Length >= 1024 && random.Next(2) == 0)
            {
                // A header that is bad and summed right goes further.
                mutant.AsSpan(528, 4).Clear();
                BitConverter.TryWriteBytes(mutant.AsSpan(528), Crc32.Of(mutant.AsSpan(512, 92)));
            }

            try
            {
                GptReader.Read(mutant, Sectors);
            }
            catch (GptException)
            {
            }
        }
    }

    [Fact]
    public void The_sum_is_that_of_the_standard() => Assert.Equal(0xcbf43926u, Crc32.Of("123456789"u8));

    public void Dispose() => File.Delete(_path);

    private static GptTable Example() => new(
        new Guid("01234567-89AB-CDEF-0123-456789ABCDEF"),
        Sectors,
        40,
        [
            new GptPartition("esp", 40, 47) { Id = new Guid("00000000-0000-0000-0000-000000000001"), Type = GptPartitionType.EfiSystem },
            new GptPartition("system", 48, 1047) { Id = new Guid("00000000-0000-0000-0000-000000000002") },
        ]);

    private void WriteDisk(GptTable table)
    {
        byte[] disk = new byte[Sectors * 512];
        table.ToStart().CopyTo(disk, 0);
        byte[] end = table.ToEnd();
        end.CopyTo(disk, disk.Length - end.Length);
        File.WriteAllBytes(_path, disk);
    }
}
