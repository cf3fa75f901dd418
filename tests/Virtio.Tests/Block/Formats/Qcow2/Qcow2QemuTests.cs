using System.Text;
using Kvm.Interop;
using Virtio.Block;
using Virtio.Block.Formats;
using Virtio.Block.Formats.Qcow2;

namespace Virtio.Tests.Block.Formats.Qcow2;

public sealed class Qcow2QemuTests : IDisposable
{
    private const int Size = 4 << 20;

    private readonly ImageFolder _folder = new();

    [SkippableTheory]
    [InlineData("compat=0.10")]
    [InlineData("compat=1.1")]
    [InlineData("compat=1.1,cluster_size=512")]
    [InlineData("compat=1.1,cluster_size=2M")]
    [InlineData("compat=1.1,refcount_bits=1")]
    [InlineData("compat=1.1,refcount_bits=64,cluster_size=4k")]
    [InlineData("compat=1.1,lazy_refcounts=on")]
    [InlineData("compat=1.1,preallocation=metadata")]
    public void An_image_of_qemu_img_reads_right_and_is_written_so_that_qemu_img_reads_it(string options)
    {
        byte[] content = Content();
        File.WriteAllBytes(_folder["raw"], content);
        ImageFolder.QemuImg("convert", "-f", "raw", "-O", "qcow2", "-o", options, _folder["raw"], _folder["disk"]);
        using (Qcow2Disk disk = _folder.OpenQcow2("disk", readOnly: true))
        {
            Assert.Equal((ulong)Size, disk.Size);
            Assert.Equal(content, disk.Read(0, Size));
            Assert.Equal(content, disk.ReadExtents(0, Size));
            Assert.Equal(Errno.EROFS, disk.TryWrite(0, new byte[512]));
        }

        using (Qcow2Disk disk = _folder.OpenQcow2("disk"))
        {
            byte[] patch = DiskBytes.Pattern(2, 300_032);
            foreach (int offset in (int[])[512, 1_500_160, Size - patch.Length])
            {
                disk.Write((ulong)offset, patch);
                patch.CopyTo(content, offset);
            }
        }

        AssertSame(content);
    }

    [SkippableTheory]
    [InlineData("zlib")]
    [InlineData("zstd")]
    public void Compressed_clusters_are_read_and_copied_where_they_are_written(string type)
    {
        byte[] content = Content();
        File.WriteAllBytes(_folder["raw"], content);
        ImageFolder.QemuImg("convert", "-c", "-f", "raw", "-O", "qcow2", "-o", $"compression_type={type}", _folder["raw"], _folder["disk"]);
        using (Qcow2Disk disk = _folder.OpenQcow2("disk"))
        {
            Assert.Equal(content, disk.Read(0, Size));
            Assert.Contains(Enumerable.Range(0, Size >> 16), cluster => disk.Locate((ulong)cluster << 16, 512, forWrite: false).Kind == DiskExtentKind.Blocking);
            byte[] patch = DiskBytes.Pattern(3, 70_144);
            disk.Write((1 << 20) + 1024, patch);
            patch.CopyTo(content, (1 << 20) + 1024);
            Assert.Equal(0, disk.Discard(2 << 20, 128 << 10));
            content.AsSpan(2 << 20, 128 << 10).Clear();
            Assert.Equal(0, disk.WriteZeroes((3 << 20) - 512, 66_048, mayUnmap: true));
            content.AsSpan((3 << 20) - 512, 66_048).Clear();
            Assert.Equal(content, disk.Read(0, Size));
        }

        AssertSame(content);
    }

    [SkippableTheory]
    [InlineData("0.10")]
    [InlineData("1.1")]
    public void A_snapshot_keeps_its_content_while_the_disk_is_written(string compat)
    {
        byte[] before = Content();
        File.WriteAllBytes(_folder["raw"], before);
        ImageFolder.QemuImg("convert", "-f", "raw", "-O", "qcow2", "-o", $"cluster_size=4k,compat={compat}", _folder["raw"], _folder["disk"]);
        ImageFolder.QemuImg("snapshot", "-c", "first", _folder["disk"]);
        byte[] after = [.. before];
        using (Qcow2Disk disk = _folder.OpenQcow2("disk"))
        {
            Assert.Equal(DiskExtentKind.Blocking, disk.Locate(1 << 20, 512, forWrite: true).Kind);
            byte[] patch = DiskBytes.Pattern(4, 1 << 20);
            disk.Write(700_416, patch);
            patch.CopyTo(after, 700_416);
            Assert.Equal(0, disk.Discard(2 << 20, 1 << 16));
            after.AsSpan(2 << 20, 1 << 16).Clear();
            Assert.Equal(after, disk.Read(0, Size));
        }

        AssertSame(after);
        ImageFolder.QemuImg("snapshot", "-a", "first", _folder["disk"]);
        AssertSame(before);
        ImageFolder.QemuImg("snapshot", "-d", "first", _folder["disk"]);
        AssertSame(before);
    }

    [SkippableFact]
    public void A_chain_of_backing_files_is_read_through_only_where_that_is_allowed()
    {
        byte[] content = Content();
        File.WriteAllBytes(_folder["raw"], content);
        ImageFolder.QemuImg("create", "-q", "-f", "qcow2", "-F", "raw", "-b", "raw", _folder["middle"]);
        ImageFolder.QemuIo(_folder["middle"], "write -P 0x55 64k 100k");
        content.AsSpan(64 << 10, 100 << 10).Fill(0x55);
        ImageFolder.QemuImg("create", "-q", "-f", "qcow2", "-F", "qcow2", "-b", "middle", _folder["disk"], $"{Size + (1 << 20)}");
        content = [.. content, .. new byte[1 << 20]];
        DiskFormatException refusal = Assert.Throws<DiskFormatException>(() => _folder.OpenQcow2("disk", allowBacking: false));
        Assert.EndsWith("has the backing file middle, which is opened only with allow-backing", refusal.Message, StringComparison.Ordinal);
        using (Qcow2Disk disk = _folder.OpenQcow2("disk"))
        {
            Assert.Equal(content, disk.Read(0, content.Length));
            Assert.Equal(content, disk.ReadExtents(0, content.Length));
            byte[] patch = DiskBytes.Pattern(5, 40_960);
            disk.Write(100 << 10, patch);
            patch.CopyTo(content, 100 << 10);
            Assert.Equal(0, disk.WriteZeroes(1 << 20, 1 << 20, mayUnmap: true));
            content.AsSpan(1 << 20, 1 << 20).Clear();
            Assert.Equal(content, disk.Read(0, content.Length));
        }

        _folder.AssertClean("disk");
        ImageFolder.QemuImg("convert", "-f", "qcow2", "-O", "raw", _folder["disk"], _folder["out"]);
        Assert.Equal(content, File.ReadAllBytes(_folder["out"]));
    }

    [SkippableFact]
    public void A_disk_that_grows_has_zeros_behind_its_old_end_whatever_lay_there()
    {
        byte[] below = DiskBytes.Pattern(1, 3 << 20);
        File.WriteAllBytes(_folder["below"], below);
        ImageFolder.QemuImg("create", "-q", "-f", "qcow2", "-o", "cluster_size=512", "-F", "raw", "-b", "below", _folder["disk"], "1048576");
        byte[] expected = new byte[5 << 20];
        below.AsSpan(0, 1 << 20).CopyTo(expected);
        using (Qcow2Disk disk = _folder.OpenQcow2("disk"))
        {
            Assert.Equal(0, disk.Resize(5 << 20));
            Assert.Equal(5UL << 20, disk.Size);
            Assert.Equal(expected, disk.Read(0, expected.Length));
            disk.Write((5 << 20) - 512, DiskBytes.Pattern(9, 512));
            Assert.Equal(Errno.EOPNOTSUPP, disk.Resize(1 << 20));
            Assert.Equal(Errno.EINVAL, disk.Resize((6 << 20) + 1));
            Assert.Equal(Errno.EFBIG, disk.Resize(1UL << 62));
        }

        DiskBytes.Pattern(9, 512).CopyTo(expected, (5 << 20) - 512);
        _folder.AssertClean("disk");
        ImageFolder.QemuImg("convert", "-f", "qcow2", "-O", "raw", _folder["disk"], _folder["out"]);
        Assert.Equal(expected, File.ReadAllBytes(_folder["out"]));
    }

    [SkippableFact]
    public void A_discarded_range_gives_its_place_back_to_the_host()
    {
        using (Qcow2Disk disk = _folder.NewQcow2("disk", new Qcow2Creation(Size)))
        {
            disk.Write(0, Content());
            Assert.Equal(0, disk.Flush());
            long full = Occupied();
            Assert.Equal(0, disk.Discard(0, Size));
            Assert.InRange(Occupied(), 0, full - (Size / 2));
            Assert.Equal(new byte[Size], disk.Read(0, Size));
        }

        _folder.AssertClean("disk");
    }

    [SkippableFact]
    public void Zeros_are_a_flag_where_the_version_has_one()
    {
        using (Qcow2Disk disk = _folder.NewQcow2("disk", new Qcow2Creation(Size)))
        {
            disk.Write(0, Content());
            Assert.Equal(0, disk.WriteZeroes(0, Size, mayUnmap: false));
        }

        string map = ImageFolder.QemuImg("map", "-f", "qcow2", "--output=json", _folder["disk"]);
        Assert.DoesNotContain("\"zero\": false", map, StringComparison.Ordinal);
        _folder.AssertClean("disk");
    }

    [SkippableFact]
    public void Bitmaps_and_other_things_that_a_write_makes_untrue_are_marked_so()
    {
        ImageFolder.QemuImg("create", "-q", "-f", "qcow2", _folder["disk"], "1M");
        ImageFolder.QemuImg("bitmap", "--add", _folder["disk"], "bitmap");
        Assert.Equal(1, File.ReadAllBytes(_folder["disk"])[95]);
        using (Qcow2Disk disk = _folder.OpenQcow2("disk"))
        {
            disk.Write(0, new byte[] { 1, 2, 3, 4 });
        }

        Assert.Equal(0, File.ReadAllBytes(_folder["disk"])[95]);
        _folder.AssertSound("disk");
    }

    public void Dispose() => _folder.Dispose();

    private static byte[] Content()
    {
        byte[] content = new byte[Size];
        Random random = new(1);
        for (int place = 0; place < Size; place += 96 << 10)
        {
            // Zeros, text that compresses, and noise.
            Span<byte> part = content.AsSpan(place, Math.Min(96 << 10, Size - place));
            int kind = random.Next(3);
            if (kind == 1)
            {
                random.NextBytes(part);
            }
            else if (kind == 2)
            {
                for (int i = 0; i < part.Length; i++)
                {
                    part[i] = (byte)('a' + (i % 23 * i % 7));
                }
            }
        }

        return content;
    }

    private long Occupied() => long.Parse(Encoding.ASCII.GetString(Tool.Filter([], "stat", "-c", "%b", _folder["disk"])), System.Globalization.CultureInfo.InvariantCulture) * 512;

    private void AssertSame(byte[] content)
    {
        _folder.AssertClean("disk");
        File.WriteAllBytes(_folder["model"], content);
        ImageFolder.QemuImg("compare", "-f", "qcow2", "-F", "raw", _folder["disk"], _folder["model"]);
    }
}
