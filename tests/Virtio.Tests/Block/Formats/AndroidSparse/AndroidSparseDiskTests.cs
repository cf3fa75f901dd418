using System.Buffers.Binary;
using System.Diagnostics;
using Kvm.Interop;
using Virtio.Block;
using Virtio.Block.Formats;
using Virtio.Block.Formats.AndroidSparse;

namespace Virtio.Tests.Block.Formats.AndroidSparse;

public sealed class AndroidSparseDiskTests : IDisposable
{
    private readonly ImageFolder _folder = new();

    [SkippableTheory]
    [InlineData(4096)]
    [InlineData(1024)]
    public void An_image_of_img2simg_reads_as_what_it_was_made_from(int blockSize)
    {
        byte[] content = new byte[2 << 20];
        DiskBytes.Pattern(1, 300_000).CopyTo(content, 8192);
        content.AsSpan(1 << 20, 65536).Fill(0xa5);
        DiskBytes.Pattern(2, 100_000).CopyTo(content, 1_900_000);
        File.WriteAllBytes(_folder["raw"], content);
        Tool.Filter([], "img2simg", _folder["raw"], _folder["sparse"], $"{blockSize}");
        using AndroidSparseDisk disk = Open("sparse");
        Assert.True(disk.IsReadOnly);
        Assert.Equal((ulong)content.Length, disk.Size);
        Assert.Equal(content, disk.Read(0, content.Length));
        Assert.Equal(content, disk.ReadExtents(0, content.Length));
        Assert.Equal(Errno.EROFS, disk.TryWrite(0, new byte[512]));
        Assert.Equal(Errno.EROFS, disk.Discard(0, 512));
        Assert.Equal(Errno.EROFS, disk.WriteZeroes(0, 512, mayUnmap: false));
        Assert.Equal(Errno.EROFS, disk.Resize(1 << 20));
        Assert.Equal(0, disk.Flush());
    }

    [Fact]
    public void Chunks_say_where_bytes_lie_and_which_need_work()
    {
        File.WriteAllBytes(_folder["sparse"], Example());
        using AndroidSparseDisk disk = Open("sparse");
        Assert.Equal(new DiskExtent(DiskExtentKind.Zero, 4096), disk.Locate(0, 4096, forWrite: false));
        DiskExtent raw = disk.Locate(4096 + 512, 65536, forWrite: false);
        Assert.Equal((DiskExtentKind.File, 8192UL - 512, 28UL + 12 + 12 + 512), (raw.Kind, raw.Length, raw.FileOffset));
        Assert.Equal(new DiskExtent(DiskExtentKind.Blocking, 4096), disk.Locate(12288, 65536, forWrite: false));
        Assert.Equal(new DiskExtent(DiskExtentKind.Zero, 4096), disk.Locate(16384, 65536, forWrite: false));
        Assert.Equal(DiskExtentKind.Blocking, disk.Locate(4096, 512, forWrite: true).Kind);
        byte[] fill = disk.Read(12288 + 2, 512);
        Assert.Equal([0x33, 0x44, 0x11, 0x22, 0x33], fill[..5]);
    }

    [Fact]
    public void Reads_allocate_nothing()
    {
        File.WriteAllBytes(_folder["sparse"], Example());
        using AndroidSparseDisk disk = Open("sparse");
        byte[] bytes = new byte[16384];
        Assert.Equal(0, Allocations.OfThousand(() => _ = disk.TryRead(2048, bytes)));
    }

    public static TheoryData<int, int, uint, string> Faults => new()
    {
        { 0, 4, 1, "is no Android sparse image: it begins with 0x00000001, not 0xed26ff3a" },
        { 4, 2, 2, "is a sparse image of version 2; only version 1 can be read" },
        { 8, 2, 27, "has a header of 27 bytes, fewer than 28" },
        { 10, 2, 16, "has chunk headers of 16 bytes, not 12" },
        { 12, 4, 0, "has a block size of 0, which is no multiple of 4" },
        { 12, 4, 4098, "has a block size of 4098, which is no multiple of 4" },
        { 16, 4, 0, "has 0 bytes of content, which is not a number of whole sectors" },
        { 16, 4, 4, "has more blocks in its chunks, from chunk 3 on, than the 4 of its header" },
        { 16, 4, 6, "has 6 blocks by its header and 5 in its chunks" },
        { 20, 4, 3, "has 5 blocks by its header and 4 in its chunks" },
        { 20, 4, uint.MaxValue, "is cut short at 8292 bytes" },
        { 28, 2, 0xcac5, "has chunk 0 of unknown type 0xcac5" },
        { 28, 2, 0xcac4, "has chunk 0 of 12 bytes where its type and blocks make 16" },
        { 32, 4, uint.MaxValue, "has more blocks in its chunks, from chunk 0 on, than the 5 of its header" },
        { 36, 4, 0, "has chunk 0 of 0 bytes where its type and blocks make 12" },
        { 48, 4, uint.MaxValue, "has chunk 1 of 4294967295 bytes where its type and blocks make 8204" },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void A_field_that_makes_no_sense_is_refused_with_its_value(int offset, int width, uint value, string refusal)
    {
        byte[] image = Example();
        Span<byte> field = image.AsSpan(offset, width);
        if (width == 2)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(field, (ushort)value);
        }
        else
        {
            BinaryPrimitives.WriteUInt32LittleEndian(field, value);
        }

        File.WriteAllBytes(_folder["sparse"], image);
        Assert.Equal($"{_folder["sparse"]} {refusal}", Assert.Throws<DiskFormatException>(() => Open("sparse")).Message);
    }

    [Fact]
    public void A_file_cut_anywhere_is_refused()
    {
        byte[] image = Example();
        for (int length = 0; length < image.Length; length += length < 60 ? 1 : 61)
        {
            File.WriteAllBytes(_folder["sparse"], image[..length]);
            Assert.Throws<DiskFormatException>(() => Open("sparse"));
        }
    }

    [Fact]
    public void Mutated_images_never_do_more_than_be_refused()
    {
        byte[] image = Example();
        int[] headers = [.. Enumerable.Range(0, 52), .. Enumerable.Range(image.Length - 40, 40)];
        Random random = new(8);
        byte[] bytes = new byte[20000];
        Stopwatch time = Stopwatch.StartNew();
        for (int step = 0; step < 100_000 && time.Elapsed < TimeSpan.FromSeconds(4); step++)
        {
            byte[] mutant = [.. image];
            for (int change = random.Next(1, 4); change > 0; change--)
            {
                mutant[headers[random.Next(headers.Length)]] = (byte)random.Next(256);
            }

            File.WriteAllBytes(_folder["sparse"], mutant);
            try
            {
                using AndroidSparseDisk disk = Open("sparse");
                int length = (int)Math.Min(disk.Size, (ulong)bytes.Length);
                _ = disk.TryRead(disk.Size - (ulong)length, bytes.AsSpan(0, length));
                _ = disk.Locate(0, disk.Size, forWrite: false);
            }
            catch (Exception e) when (e is DiskFormatException or LinuxException)
            {
            }
        }
    }

    public void Dispose() => _folder.Dispose();

    private AndroidSparseDisk Open(string name) => AndroidSparseDisk.Open(ImageFolder.Open(_folder[name], writable: false));

    /// <summary>Five blocks of 4 KiB: nothing, two of bytes, a pattern, a pattern of zeros; and a sum.</summary>
    private static byte[] Example()
    {
        using MemoryStream stream = new();
        using BinaryWriter writer = new(stream);
        void Chunk(ushort type, uint blocks, byte[] body)
        {
            writer.Write(type);
            writer.Write((ushort)0);
            writer.Write(blocks);
            writer.Write(12 + body.Length);
            writer.Write(body);
        }

        writer.Write(0xed26ff3a);
        writer.Write((ushort)1);
        writer.Write((ushort)0);
        writer.Write((ushort)28);
        writer.Write((ushort)12);
        writer.Write(4096);
        writer.Write(5);
        writer.Write(5);
        writer.Write(0);
        Chunk(0xcac3, 1, []);
        Chunk(0xcac1, 2, DiskBytes.Pattern(3, 8192));
        Chunk(0xcac2, 1, [0x11, 0x22, 0x33, 0x44]);
        Chunk(0xcac2, 1, [0, 0, 0, 0]);
        Chunk(0xcac4, 0, [1, 2, 3, 4]);
        return stream.ToArray();
    }
}
