using System.Buffers.Binary;
using System.Diagnostics;
using Kvm.Interop;
using Virtio.Block;
using Virtio.Block.Formats;
using Virtio.Block.Formats.Qcow2;

namespace Virtio.Tests.Block.Formats.Qcow2;

public sealed class Qcow2HostileTests : IDisposable
{
    private const int Size = 1 << 20;
    private const int ClusterSize = 4096;

    private readonly ImageFolder _folder = new();

    public static TheoryData<string, int, int, ulong, string> Headers => new()
    {
        { "magic", 0, 4, 0x12345678, "is no qcow2 image: it begins with 0x12345678, not 0x514649fb" },
        { "version 1", 4, 4, 1, "is a qcow2 image of version 1; versions 2 and 3 can be used" },
        { "version 4", 4, 4, 4, "is a qcow2 image of version 4; versions 2 and 3 can be used" },
        { "backing name behind the cluster", 8, 8, 1 << 20, "has the name of its backing file, 0 bytes at 1048576, outside of its first cluster or longer than 1023 bytes" },
        { "cluster_bits 8", 20, 4, 8, "has cluster_bits 8; 9 to 21 are possible" },
        { "cluster_bits 22", 20, 4, 22, "has cluster_bits 22; 9 to 21 are possible" },
        { "cluster_bits of all ones", 20, 4, uint.MaxValue, "has cluster_bits 4294967295; 9 to 21 are possible" },
        { "size 0", 24, 8, 0, "has 0 bytes of content, which is not a number of whole sectors" },
        { "size not of sectors", 24, 8, 1025, "has 1025 bytes of content, which is not a number of whole sectors" },
        { "size of all ones", 24, 8, ulong.MaxValue, "has 18446744073709551615 bytes of content, which is not a number of whole sectors" },
        { "size too large for the L1 table", 24, 8, 1UL << 40, "has an L1 table of 1 entries, where 1099511627776 bytes need 524288" },
        { "encryption", 32, 4, 2, "is encrypted (method 2), which cannot be used" },
        { "L1 size bomb", 36, 4, uint.MaxValue, "has an L1 table of 4294967295 entries; at most 4194304 are possible" },
        { "L1 table longer than the file", 36, 4, 4194304, "has its L1 table, 33554432 bytes at 12288, outside of the file or in the header" },
        { "L1 table in the header", 40, 8, 0, "has its L1 table, 8 bytes at 0, outside of the file or in the header" },
        { "L1 table between clusters", 40, 8, 12296, "has its L1 table, 8 bytes at 12296, outside of the file or in the header" },
        { "L1 table behind the file", 40, 8, 1UL << 62, "has its L1 table, 8 bytes at 4611686018427387904, outside of the file or in the header" },
        { "refcount table behind the file", 48, 8, 1 << 30, "has its refcount table, 4096 bytes at 1073741824, outside of the file or in the header" },
        { "no refcount table", 56, 4, 0, "has a refcount table of 0 clusters; 1 to 2048 are possible" },
        { "refcount table bomb", 56, 4, uint.MaxValue, "has a refcount table of 4294967295 clusters; 1 to 2048 are possible" },
        { "snapshot bomb", 60, 4, 65537, "has 65537 snapshots; at most 65536 are possible" },
        { "snapshots nowhere", 60, 4, 3, "is corrupt: snapshot 0 lies at 0x0, outside of the file (qemu-img check says more, and can repair it)" },
        { "dirty", 72, 8, 1, "was not closed, and its reference counts are not up to date: qemu-img check -r all repairs it, ro reads it as it is" },
        { "corrupt", 72, 8, 2, "is marked as corrupt and can only be read: qemu-img check -r all repairs it, ro reads it as it is" },
        { "external data file", 72, 8, 4, "needs a feature that is not supported: external data file" },
        { "compression bit without a type", 72, 8, 8, "states compression type 0 without the feature bit for it, or the bit without a type" },
        { "extended L2 entries", 72, 8, 16, "needs a feature that is not supported: extended L2 entries" },
        { "unknown feature", 72, 8, 1UL << 63, "needs a feature that is not supported: bit 63 of the incompatible features" },
        { "refcount_order 7", 96, 4, 7, "has refcount_order 7; 0 to 6 are possible" },
        { "header too short", 100, 4, 96, "has a header of 96 bytes; multiples of 8 from 104 to its cluster size are possible" },
        { "header longer than a cluster", 100, 4, 8192, "has a header of 8192 bytes; multiples of 8 from 104 to its cluster size are possible" },
        { "endless extension", 104, 8, 0x12345678_ffffffff, "has the header extension 0x12345678 of 4294967295 bytes at 112, which goes on behind the header" },
        { "L1 table in the refcount table", 40, 8, ClusterSize, "is corrupt: its L1 table and its refcount table lie in one place (qemu-img check says more, and can repair it)" },
        { "L2 table in the header", 12288, 8, 1UL << 63, "" },
        { "L2 table in the L1 table", 12288, 8, 12288, "is corrupt: entry 0 of its L1 table points at 0x3000, where other metadata is (qemu-img check says more, and can repair it)" },
        { "L2 table in a refcount block", 12288, 8, 8192, "is corrupt: entry 0 of its L1 table points at 0x2000, where other metadata is (qemu-img check says more, and can repair it)" },
        { "L2 table behind the file", 12288, 8, 1UL << 40, "is corrupt: entry 0 of its L1 table is 0x10000000000, which is no cluster of the file (qemu-img check says more, and can repair it)" },
        { "refcount block between clusters", 4096, 8, 8193, "is corrupt: entry 0 of its refcount table is 0x2001, which is no cluster of the file (qemu-img check says more, and can repair it)" },
        { "one refcount block twice", 4104, 8, 8192, "is corrupt: entry 1 of its refcount table points at 0x2000, where other metadata is (qemu-img check says more, and can repair it)" },
    };

    [Theory]
    [MemberData(nameof(Headers))]
    public void A_bad_header_or_table_is_refused_with_what_is_wrong(string what, int offset, int width, ulong value, string refusal)
    {
        byte[] image = MakeImage(what);
        Put(image, offset, width, value);
        File.WriteAllBytes(_folder["bad"], image);
        if (refusal.Length == 0)
        {
            _folder.OpenQcow2("bad").Dispose();
            return;
        }

        DiskFormatException exception = Assert.Throws<DiskFormatException>(() => _folder.OpenQcow2("bad"));
        Assert.Equal($"{_folder["bad"]} {refusal}", exception.Message);
    }

    [Theory]
    [InlineData(72, 1UL)]
    [InlineData(72, 2UL)]
    public void A_dirty_or_corrupt_image_can_be_read(int offset, ulong value)
    {
        byte[] image = MakeImage("disk", DiskBytes.Pattern(1, Size));
        Put(image, offset, 8, value);
        File.WriteAllBytes(_folder["disk"], image);
        using Qcow2Disk disk = _folder.OpenQcow2("disk", readOnly: true);
        Assert.Equal(DiskBytes.Pattern(1, Size), disk.Read(0, Size));
        disk.Dispose();
        Assert.Equal(image, File.ReadAllBytes(_folder["disk"]));
    }

    [Theory]
    [InlineData(0x8000_0000_0000_1000, true)] // the refcount table
    [InlineData(0x8000_0000_0000_2000, true)] // a refcount block
    [InlineData(0x8000_0000_0000_3000, true)] // the L1 table
    [InlineData(0x8000_0000_0000_4000, true)] // the L2 table itself
    [InlineData(0x0000_0000_0000_4000, true)] // the same, not marked as its own
    [InlineData(0x8000_0000_0000_1001, true)] // the refcount table, as zeros with a place
    [InlineData(0x8000_0000_0000_0200, true)] // in the header
    [InlineData(0x8000_1000_0000_0000, true)] // behind the file
    [InlineData(0x8000_0000_0000_5200, true)] // between clusters
    [InlineData(0x4000_0000_0000_0000, true)] // the header, as compressed bytes
    [InlineData(0x4000_0000_0000_3e00, true)] // the L1 table, as compressed bytes
    [InlineData(0x4400_0000_0000_1e00, true)] // the refcount table and a block, as compressed bytes
    public void An_entry_that_points_at_metadata_is_never_written_and_marks_the_image(ulong entry, bool marked)
    {
        byte[] image = MakeImage("disk", DiskBytes.Pattern(1, Size));
        Put(image, 16384, 8, entry);
        File.WriteAllBytes(_folder["disk"], image);
        byte[] before = image[..20480];
        using (Qcow2Disk disk = _folder.OpenQcow2("disk"))
        {
            Assert.Equal(DiskExtentKind.Blocking, disk.Locate(0, 512, forWrite: true).Kind);
            Assert.Equal(Errno.EIO, disk.TryWrite(0, DiskBytes.Pattern(2, 512)));
            Assert.Equal(DiskExtentKind.Blocking, disk.Locate(0, 512, forWrite: true).Kind);
            Assert.NotNull(disk.Fault);

            // Nothing else is written either, from now on.
            Assert.Equal(DiskExtentKind.Blocking, disk.Locate(65536, 512, forWrite: true).Kind);
            Assert.Equal(Errno.EIO, disk.TryWrite(65536, new byte[512]));
            Assert.Equal(Errno.EIO, disk.Discard(0, Size));
            Assert.Equal(Errno.EIO, disk.Flush());
            Assert.Equal(DiskBytes.Pattern(1, Size)[8192..16384], disk.Read(8192, 8192));
        }

        byte[] after = File.ReadAllBytes(_folder["disk"]);
        Assert.Equal(marked ? 2UL : 0, BinaryPrimitives.ReadUInt64BigEndian(after.AsSpan(72)));
        before[79] |= 2;
        Assert.Equal(before, after[..20480]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_entry_that_points_at_metadata_is_not_discarded_and_not_zeroed(bool zeroes)
    {
        byte[] image = MakeImage("disk", DiskBytes.Pattern(1, Size));
        Put(image, 16384, 8, 0x8000_0000_0000_2000);
        File.WriteAllBytes(_folder["disk"], image);
        using (Qcow2Disk disk = _folder.OpenQcow2("disk"))
        {
            Assert.Equal(Errno.EIO, zeroes ? disk.WriteZeroes(0, 8192, mayUnmap: true) : disk.Discard(0, 8192));
        }

        Assert.Equal(image[4096..20480], File.ReadAllBytes(_folder["disk"])[4096..20480]);
    }

    [Fact]
    public void Metadata_without_a_reference_count_is_not_taken_for_data()
    {
        byte[] image = MakeImage("disk");
        image.AsSpan(8192, ClusterSize).Clear();
        File.WriteAllBytes(_folder["disk"], image);
        using (Qcow2Disk disk = _folder.OpenQcow2("disk"))
        {
            Assert.Equal(Errno.EIO, disk.TryWrite(0, DiskBytes.Pattern(2, 512)));
        }

        byte[] after = File.ReadAllBytes(_folder["disk"]);
        after[79] = 0;
        Assert.Equal(image, after);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_cluster_whose_count_was_lost_is_never_data_and_a_table_at_once(bool tableFirst)
    {
        // A compressed entry whose cluster counts as free, and a disk that needs a second table.
        byte[] image = MakeImage("disk", DiskBytes.Pattern(1, 65536), 4 * Size);
        Put(image, 16384, 8, 0x4000_0000_0000_5000);
        image.AsSpan(8192 + (5 * 2), 2).Clear();
        File.WriteAllBytes(_folder["disk"], image);
        using Qcow2Disk disk = _folder.OpenQcow2("disk");
        Assert.Equal(tableFirst ? 0 : Errno.EIO, disk.TryWrite(tableFirst ? 2UL * Size : 0, new byte[4096]));
        Assert.Equal(Errno.EIO, disk.TryWrite(tableFirst ? 0 : 2UL * Size, new byte[4096]));
        Assert.NotNull(disk.Fault);
        Assert.Equal(Errno.EIO, disk.TryWrite(0, new byte[512]));
    }

    [Fact]
    public void Images_that_back_each_other_are_refused()
    {
        _folder.NewQcow2("base", new Qcow2Creation(Size)).Dispose();
        _folder.NewQcow2("top", new Qcow2Creation(Size) { BackingFile = "base", BackingFormat = "qcow2" }).Dispose();
        using (var file = ImageFolder.Create(_folder["base"]))
        {
            new Qcow2Creation(Size) { BackingFile = "top", BackingFormat = "qcow2" }.Write(file);
        }

        DiskFormatException loop = Assert.Throws<DiskFormatException>(() => _folder.OpenQcow2("top"));
        Assert.Equal($"{_folder["base"]} has the backing file top, which it backs itself", loop.Message);
        using (var file = ImageFolder.Create(_folder["base"]))
        {
            new Qcow2Creation(Size) { BackingFile = "base", BackingFormat = "qcow2" }.Write(file);
        }

        Assert.Throws<DiskFormatException>(() => _folder.OpenQcow2("base"));
    }

    [Theory]
    [InlineData("vmdk", "disk.vmdk", "has a backing file of a format other than raw and qcow2: disk.vmdk")]
    [InlineData("raw", "json:{}", "has the backing file json:{}, which is no path")]
    public void A_backing_file_that_cannot_be_used_is_refused_by_name(string format, string name, string refusal)
    {
        using (var file = ImageFolder.Create(_folder["disk"]))
        {
            new Qcow2Creation(Size) { BackingFile = name, BackingFormat = format }.Write(file);
        }

        Assert.Equal($"{_folder["disk"]} {refusal}", Assert.Throws<DiskFormatException>(() => _folder.OpenQcow2("disk")).Message);
    }

    [Fact]
    public void A_file_cut_anywhere_is_refused_or_read_in_peace()
    {
        byte[] image = MakeImage("disk", DiskBytes.Pattern(1, 65536));
        for (int length = 0; length < image.Length; length += length < 256 ? 1 : 997)
        {
            File.WriteAllBytes(_folder["disk"], image[..length]);
            UseInPeace("disk", readOnly: length % 2 == 0, new Random(length));
        }
    }

    [Fact]
    public void Mutated_images_never_do_more_than_fail()
    {
        const int Steps = 100_000;
        byte[] image = MakeImage("disk", DiskBytes.Pattern(1, 65536));
        Random random = new(42);
        Stopwatch time = Stopwatch.StartNew();
        for (int step = 0; step < Steps && time.Elapsed < TimeSpan.FromSeconds(5); step++)
        {
            byte[] mutant = [.. image];
            for (int change = random.Next(1, 6); change > 0; change--)
            {
                // The header, the first entries of each table, or anywhere.
                int place = random.Next(5) switch
                {
                    0 => random.Next(120),
                    1 => 4096 + random.Next(16),
                    2 => 8192 + random.Next(64),
                    3 => 12288 + random.Next(16),
                    _ => 16384 + random.Next(128),
                };
                mutant[place] = random.Next(3) switch { 0 => 0, 1 => 0xff, _ => (byte)random.Next(256) };
            }

            File.WriteAllBytes(_folder["disk"], mutant);
            UseInPeace("disk", readOnly: random.Next(3) == 0, random);
            if (step % 500 == 0)
            {
                // Whatever the image said: it may have become long, but it takes no more than what was written to it.
                Assert.InRange(int.Parse(Tool.Filter([], "stat", "-c", "%b", _folder["disk"]), System.Globalization.CultureInfo.InvariantCulture), 0, (4 << 20) / 512);
            }
        }
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>Opens an image that may be anything, and does all there is to do. Only errors of the two expected kinds come of it.</summary>
    private void UseInPeace(string name, bool readOnly, Random random)
    {
        Qcow2Disk disk;
        try
        {
            disk = _folder.OpenQcow2(name, readOnly, allowBacking: random.Next(2) == 0);
        }
        catch (Exception e) when (e is DiskFormatException or LinuxException)
        {
            return;
        }

        using (disk)
        {
            byte[] bytes = new byte[9000];
            for (int i = 0; i < 6; i++)
            {
                ulong offset = (ulong)random.NextInt64((long)Math.Min(disk.Size, 1 << 17) / 512) * 512;
                int length = (int)Math.Min((ulong)bytes.Length, disk.Size - offset);
                DiskExtent extent = disk.Locate(offset, (ulong)length, forWrite: i % 2 == 0);
                Assert.InRange(extent.Length, 1UL, (ulong)length);
                _ = (i + random.Next(3)) switch
                {
                    0 or 3 => disk.TryRead(offset, bytes.AsSpan(0, length)),
                    1 or 4 => disk.TryWrite(offset, bytes.AsSpan(0, length)),
                    2 => disk.Discard(offset, (ulong)length),
                    5 => disk.WriteZeroes(offset, (ulong)length, mayUnmap: true),
                    _ => disk.Flush(),
                };
            }
        }
    }

    /// <summary>
    /// Clusters of 4 KiB: header, refcount table, refcount block, L1 table, and with content the L2 table and then data, in this order.
    /// </summary>
    private byte[] MakeImage(string name, byte[]? content = null, ulong size = Size)
    {
        string file = name.Replace(' ', '-');
        using (Qcow2Disk disk = _folder.NewQcow2(file, new Qcow2Creation(size) { ClusterBits = 12 }))
        {
            if (content is not null)
            {
                disk.Write(0, content);
            }
        }

        return File.ReadAllBytes(_folder[file]);
    }

    private static void Put(byte[] image, int offset, int width, ulong value)
    {
        if (width == 4)
        {
            BinaryPrimitives.WriteUInt32BigEndian(image.AsSpan(offset), (uint)value);
        }
        else
        {
            BinaryPrimitives.WriteUInt64BigEndian(image.AsSpan(offset), value);
        }
    }
}
