using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using BootLoader.Sources;
using BootLoader.Zip;

namespace BootLoader.Tests.Zip;

public sealed class ZipArchiveTests
{
    [SkippableFact]
    public void A_genuine_archive_is_read()
    {
        byte[] genuine = TestVector.Read("zip/test.zip");
        using var source = new MemorySource(genuine);
        var archive = ZipArchiveReader.Open(source);
        Assert.Equal(["dir/file1", "dir/file2"], archive.Entries.Select(static entry => entry.Name));
        using var theirs = new ZipArchive(new MemoryStream(genuine));
        foreach (ZipEntry entry in archive.Entries)
        {
            using Stream expected = theirs.GetEntry(entry.Name)!.Open();
            Assert.Equal(SHA256.HashData(expected), SHA256.HashData(archive.ReadEntry(entry, 100000)));
            Assert.Equal(0x8180u, entry.UnixMode); // 0100600
        }
    }

    [Fact]
    public void What_is_written_is_read_again_by_others_and_here()
    {
        byte[] large = new byte[3_000_001];
        new Random(3).NextBytes(large);
        (string Name, byte[] Content, ZipMethod Method)[] files =
        [
            ("empty", [], ZipMethod.Stored), ("empty.deflated", [], ZipMethod.Deflated), ("a/ü", "text text text text"u8.ToArray(), ZipMethod.Deflated),
            ("large", large, ZipMethod.Deflated), ("lib/large.so", large, ZipMethod.Stored),
        ];
        byte[] written = TestZip.Write(files);
        Assert.Equal(written, TestZip.Write(files));
        using var theirs = new ZipArchive(new MemoryStream(written));
        Assert.Equal(files.Select(static file => file.Name), theirs.Entries.Select(static entry => entry.FullName));
        using var source = new MemorySource(written);
        var archive = ZipArchiveReader.Open(source);
        foreach ((string name, byte[] content, ZipMethod method) in files)
        {
            ZipEntry entry = archive.Find(name)!;
            Assert.Equal(method, entry.Method);
            Assert.Equal(content, archive.ReadEntry(entry, content.Length));
            using var read = new MemoryStream();
            using (Stream stream = theirs.GetEntry(name)!.Open())
            {
                stream.CopyTo(read);
            }

            Assert.Equal(content, read.ToArray());
            Assert.True(method == ZipMethod.Deflated || entry.DataOffset % 4096 == 0, name);
        }

        Assert.Null(archive.Find("lib"));
        Assert.Throws<ZipException>(() => archive.ReadEntry(archive.Find("large")!, large.Length - 1));
    }

    [Fact]
    public void The_sum_is_the_same_as_the_firmwares_for_every_length()
    {
        byte[] bytes = new byte[100];
        new Random(1).NextBytes(bytes);
        for (int length = 0; length <= bytes.Length; length++)
        {
            uint expected = ~BootLoader.Gpt.Crc32.Append(BootLoader.Gpt.Crc32.Start, bytes.AsSpan(0, length));
            Assert.Equal(expected, ~ZipCrc32.Append(ZipCrc32.Start, bytes.AsSpan(0, length)));
            Assert.Equal(expected, ~ZipCrc32.Append(ZipCrc32.Append(ZipCrc32.Start, bytes.AsSpan(0, length / 3)), bytes.AsSpan(length / 3, length - (length / 3))));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(512)]
    [InlineData(4095)]
    public void An_archive_is_found_before_the_zeros_of_its_partition(int zeros)
    {
        byte[] archive = TestZip.Small();
        using var partition = new MemorySource(new byte[archive.Length + zeros]);
        byte[] content = [.. archive, .. new byte[zeros]];
        using var padded = new MemorySource(content);
        using RandomAccessSource found = ZipSections.WithoutPadding(padded);
        Assert.Equal(archive.Length, found.Length);
        Assert.Equal(2, ZipArchiveReader.Open(found).Entries.Count);
        Assert.True(zeros == 0 || Assert.Throws<ZipException>(() => ZipArchiveReader.Open(padded)) is not null);
        Assert.Throws<ZipException>(() => ZipSections.WithoutPadding(partition));
    }

    [Fact]
    public void Behind_an_archive_lie_fewer_than_a_block_of_zeros_and_nothing_else()
    {
        using var block = new MemorySource((byte[])[.. TestZip.Small(), .. new byte[4096]]);
        Assert.Throws<ZipException>(() => ZipSections.WithoutPadding(block));
        using var other = new MemorySource((byte[])[.. TestZip.Small(), .. new byte[9], 1]);
        Assert.Throws<ZipException>(() => ZipSections.WithoutPadding(other));
    }

    [Theory]
    [InlineData("")]
    [InlineData("/etc/passwd")]
    [InlineData("..")]
    [InlineData("../a")]
    [InlineData("a/../b")]
    [InlineData("a//b")]
    [InlineData("./a")]
    [InlineData("a/.")]
    [InlineData("a\0b")]
    public void A_name_that_leads_elsewhere_is_neither_written_nor_read(string name)
    {
        using var content = new MemorySource("x"u8.ToArray());
        Assert.Throws<ZipException>(() => new ZipArchiveWriter(new MemoryStream()).Add(name, content, ZipMethod.Stored));
        // A name of the same length is replaced by it in both headers.
        byte[] archive = TestZip.Write(new string('n', Math.Max(1, name.Length)));
        if (name.Length > 0)
        {
            using var hostile = new MemorySource(TestZip.Replace(archive, Encoding.UTF8.GetBytes(new string('n', name.Length)), Encoding.UTF8.GetBytes(name)));
            Assert.Throws<ZipException>(() => ZipArchiveReader.Open(hostile));
        }
    }

    [Fact]
    public void Names_that_are_there_twice_or_below_a_file_are_refused()
    {
        using var content = new MemorySource("x"u8.ToArray());
        var writer = new ZipArchiveWriter(new MemoryStream());
        writer.Add("a", content, ZipMethod.Stored);
        Assert.Equal("two entries have the name 'a'", Assert.Throws<ZipException>(() => writer.Add("a", content, ZipMethod.Stored)).Message);

        byte[] two = TestZip.Write("ab", "cd");
        using var twice = new MemorySource(TestZip.Replace(two, "cd"u8, "ab"u8));
        Assert.Equal("two entries have the name 'ab'", Assert.Throws<ZipException>(() => ZipArchiveReader.Open(twice)).Message);
        using var below = new MemorySource(TestZip.Replace(TestZip.Write("ab", "cd/e"), "cd/e"u8, "ab/e"u8));
        Assert.Equal("the entry 'ab/e' lies in 'ab', which is a file", Assert.Throws<ZipException>(() => ZipArchiveReader.Open(below)).Message);
    }
}
