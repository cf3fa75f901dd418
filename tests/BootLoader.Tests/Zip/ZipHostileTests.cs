using System.Buffers.Binary;
using System.Diagnostics;
using BootLoader.Sources;
using BootLoader.Zip;

namespace BootLoader.Tests.Zip;

public sealed class ZipHostileTests
{
    private static readonly byte[] s_archive = TestZip.Small();

    // Fields of the last record and of the first central header.
    private static int End => s_archive.Length - 22;

    private static int Central => (int)BinaryPrimitives.ReadUInt32LittleEndian(s_archive.AsSpan(End + 16));

    [Fact]
    public void An_archive_that_is_cut_at_any_byte_is_refused()
    {
        for (int length = 0; length < s_archive.Length; length++)
        {
            using var source = new MemorySource(s_archive.AsMemory(0, length));
            Assert.Throws<ZipException>(() => ZipArchiveReader.Open(source));
            Assert.Throws<ZipException>(() => ZipSections.WithoutPadding(source));
        }
    }

    [Theory]
    [InlineData(10, "is compressed with method 99: only stored (0) and deflated (8) are supported", 99)]
    [InlineData(8, "is encrypted, which is not supported", 1)]
    [InlineData(8, "is encrypted, which is not supported", 1 << 13)]
    [InlineData(8, "is a patch, which is not supported", 1 << 5)]
    [InlineData(34, "lies in part 3 of an archive of several parts, which is not supported", 3)]
    public void What_is_not_supported_is_refused_by_name(int field, string reason, ushort value) =>
        Assert.Equal($"the entry 'lib/a.so' {reason}", Refusal(archive => BinaryPrimitives.WriteUInt16LittleEndian(archive.AsSpan(Central + field), value)));

    [Theory]
    [InlineData(20)]
    [InlineData(24)]
    [InlineData(42)]
    public void A_field_that_is_left_to_ZIP64_is_refused(int field) =>
        Assert.Equal(
            "the entry 'lib/a.so' needs ZIP64, which is not supported",
            Refusal(archive => BinaryPrimitives.WriteUInt32LittleEndian(archive.AsSpan(Central + field), uint.MaxValue)));

    [Theory]
    [InlineData(12, uint.MaxValue, "a ZIP64 archive is not supported")]
    [InlineData(16, uint.MaxValue, "a ZIP64 archive is not supported")]
    [InlineData(16, 0u, "the central directory of ")]
    [InlineData(12, 0xfffffffeu, "the central directory of ")]
    [InlineData(4, 1u, "an archive of several parts is not supported")]
    [InlineData(8, 0x00030003u, "the central directory has fewer entries than its end record counts")]
    [InlineData(8, 0x00010001u, "47 bytes follow the 1 entries of the central directory")]
    [InlineData(8, 0x00020001u, "an archive of several parts is not supported")]
    public void An_end_record_that_lies_is_refused(int field, uint value, string reason) =>
        Assert.StartsWith(reason, Refusal(archive => BinaryPrimitives.WriteUInt32LittleEndian(archive.AsSpan(End + field), value)), StringComparison.Ordinal);

    [Fact]
    public void A_ZIP64_locator_is_refused()
    {
        byte[] archive = [.. s_archive[..End], .. new byte[20], .. s_archive[End..]];
        BinaryPrimitives.WriteUInt32LittleEndian(archive.AsSpan(End), 0x07064b50);
        using var source = new MemorySource(archive);
        Assert.StartsWith("a ZIP64 archive", Assert.Throws<ZipException>(() => ZipArchiveReader.Open(source)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Entries_that_share_bytes_are_refused()
    {
        // Both central headers name the first local header.
        byte[] archive = TestZip.Write("aa", "bb");
        int central = (int)BinaryPrimitives.ReadUInt32LittleEndian(archive.AsSpan(archive.Length - 22 + 16));
        uint second = BinaryPrimitives.ReadUInt32LittleEndian(archive.AsSpan(central + 48 + 42));
        // The first entry's data now reaches over the second's header, and everything agrees about it.
        foreach (int at in (int[])[18, 22, central + 20, central + 24])
        {
            BinaryPrimitives.WriteUInt32LittleEndian(archive.AsSpan(at), second);
        }

        using var source = new MemorySource(archive);
        Assert.Equal("the entries 'aa' and 'bb' share bytes", Assert.Throws<ZipException>(() => ZipArchiveReader.Open(source)).Message);
    }

    [Fact]
    public void Every_bit_of_a_local_header_counts_but_for_time_version_and_extra_field()
    {
        int extra = 30 + "lib/a.so".Length;
        for (int bit = 0; bit < extra * 8; bit++)
        {
            byte[] archive = [.. s_archive];
            archive[bit / 8] ^= (byte)(1 << (bit % 8));
            using var source = new MemorySource(archive);
            if (bit / 8 is 4 or 5 or (>= 10 and < 14))
            {
                ZipArchiveReader.Open(source);
            }
            else if (bit / 8 is 28 or 29)
            {
                // Another place of the data: out of the file, over the next entry, or other bytes with another sum.
                Assert.Throws<ZipException>(() => ReadAll(source));
            }
            else
            {
                Assert.Throws<ZipException>(() => ZipArchiveReader.Open(source));
            }
        }
    }

    [Fact]
    public void Content_that_is_not_what_the_archive_says_is_refused_when_it_is_read()
    {
        using var good = new MemorySource(s_archive);
        foreach (ZipEntry entry in ZipArchiveReader.Open(good).Entries)
        {
            byte[] genuine = ZipArchiveReader.Open(good).ReadEntry(entry, 1000);
            for (int at = 0; at < entry.CompressedSize; at++)
            {
                byte[] archive = [.. s_archive];
                archive[entry.DataOffset + at] ^= 0x10;
                using var source = new MemorySource(archive);
                if (entry.Method == ZipMethod.Deflated && at == entry.CompressedSize - 1)
                {
                    // Behind the end of the last block, the byte's bits say nothing.
                    Assert.Equal(genuine, ZipArchiveReader.Open(source).ReadEntry(entry, genuine.Length));
                    continue;
                }

                Assert.Throws<ZipException>(() => ReadAll(source));
            }
        }
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    [InlineData(1 << 20)]
    public void A_deflated_entry_that_is_longer_or_shorter_than_it_says_is_refused(int difference)
    {
        byte[] archive = [.. s_archive];
        using var good = new MemorySource(s_archive);
        ZipEntry entry = ZipArchiveReader.Open(good).Find("b")!;
        int local = (int)entry.DataOffset - 31, central = Central + 46 + "lib/a.so".Length;
        foreach (int at in (int[])[local + 22, central + 24])
        {
            BinaryPrimitives.WriteUInt32LittleEndian(archive.AsSpan(at), (uint)(entry.Size + difference));
        }

        using var source = new MemorySource(archive);
        ZipEntry changed = ZipArchiveReader.Open(source).Find("b")!;
        Assert.Equal(entry.Size + difference, changed.Size);
        Assert.Throws<ZipException>(() => ReadAll(source));
    }

    [Fact]
    public void Mutated_archives_never_do_more_than_be_refused()
    {
        var random = new Random(17);
        var time = Stopwatch.StartNew();
        for (int round = 0; round < 20_000 && time.Elapsed < TimeSpan.FromSeconds(1); round++)
        {
            byte[] mutant = [.. s_archive];
            for (int change = random.Next(1, 5); change > 0; change--)
            {
                // Headers are what is worth changing.
                int at = random.Next(3) == 0 ? random.Next(64) : random.Next(Central - 100, mutant.Length);
                mutant[at] = (byte)(random.Next(3) switch { 0 => 0, 1 => 255, _ => random.Next(256) });
            }

            using var source = new MemorySource(mutant);
            try
            {
                ReadAll(source);
            }
            catch (ZipException refusal)
            {
                Assert.DoesNotContain('\n', refusal.Message);
            }
        }
    }

    private static void ReadAll(MemorySource source)
    {
        var archive = ZipArchiveReader.Open(source);
        foreach (ZipEntry entry in archive.Entries)
        {
            archive.ReadEntry(entry, 1 << 24);
        }
    }

    private static string Refusal(Action<byte[]> change)
    {
        byte[] archive = [.. s_archive];
        change(archive);
        using var source = new MemorySource(archive);
        return Assert.Throws<ZipException>(() => ZipArchiveReader.Open(source)).Message;
    }
}
