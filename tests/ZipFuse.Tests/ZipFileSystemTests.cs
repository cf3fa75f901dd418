using System.Buffers.Binary;
using BootLoader.Sources;
using BootLoader.Zip;
using Kvm.Interop;

namespace ZipFuse.Tests;

public sealed class ZipFileSystemTests : IDisposable
{
    private static readonly ZipMountOptions s_options = new() { Uid = 5, Gid = 6000 };
    private readonly ZipFileSystem _files = new(TestArchive.Source(("lib/other", [1, 2])), s_options);

    private FuseClient Client => new(_files);

    [Fact]
    public void Directories_list_what_lies_in_them_in_answers_of_any_size()
    {
        Assert.Equal(["./", "../", "lib/", "assets/", "empty"], Client.List(1));
        Assert.Equal(["./", "../", "arm64-v8a/", "other"], Client.List(Client.Find("lib")));
        foreach (uint size in new uint[] { 40, 64, 100 })
        {
            Assert.Equal(Client.List(1), Client.List(1, size));
        }
    }

    [Fact]
    public void Files_and_directories_have_owner_size_and_mode()
    {
        Assert.Equal((0x4000u | 0b101_101_000, 0, 5u, 6000u), Client.Attributes(1));
        Assert.Equal((0x8000u | 0b101_101_000, TestArchive.LibraryContent.Length, 5u, 6000u), Client.Attributes(Client.Find(TestArchive.Library)));
        Assert.Equal((0x4000u | 0b101_101_000, 0, 5u, 6000u), Client.Attributes(Client.Find("assets/deep")));
    }

    [Theory]
    [InlineData("none")]
    [InlineData("lib/arm64-v8a/payload.so2")]
    [InlineData("LIB")]
    [InlineData(".")]
    [InlineData("..")]
    public void A_name_that_is_not_there_is_answered_with_no_node(string path) => Assert.Equal(0u, Client.Find(path));

    [Fact]
    public void A_name_that_is_no_text_is_not_there()
    {
        (int error, byte[] body) = Client.Send(1, 1, [0xff, 0xfe, 0]);
        Assert.Equal(0, error);
        Assert.Equal(0u, BinaryPrimitives.ReadUInt64LittleEndian(body));
        Assert.Equal(Errno.EINVAL, Client.Send(1, 1, "lib"u8).Error);
        Assert.Equal(Errno.ENOTDIR, Client.Send(1, Client.Find("empty"), "lib\0"u8).Error);
    }

    [Theory]
    [InlineData(TestArchive.Library)]
    [InlineData(TestArchive.Asset)]
    public void A_file_can_be_read_from_front_to_end_and_at_any_place(string path)
    {
        byte[] content = path == TestArchive.Library ? TestArchive.LibraryContent : TestArchive.AssetContent;
        ulong node = Client.Find(path);
        List<byte> whole = [];
        while (Client.Read(node, (ulong)whole.Count, 131072) is { Body.Length: > 0 } part)
        {
            whole.AddRange(part.Body);
        }

        Assert.Equal(content, whole);
        var random = new Random(3);
        for (int round = 0; round < 100; round++)
        {
            int offset = random.Next(content.Length), size = random.Next(200_000);
            byte[] part = Client.Read(node, (ulong)offset, (uint)size).Body;
            Assert.Equal(content.AsSpan(offset, Math.Min(Math.Min(size, 131072), content.Length - offset)).ToArray(), part);
        }

        Assert.Empty(Client.Read(node, (ulong)content.Length, 1).Body);
        Assert.Empty(Client.Read(node, long.MaxValue, 1).Body);
        Assert.Equal(Errno.EINVAL, Client.Read(node, ulong.MaxValue, 1).Error);
        Assert.Equal(Errno.EISDIR, Client.Read(1, 0, 1).Error);
        Assert.Equal(Errno.ENOTDIR, Client.Read(node, 0, 4096, 28).Error);
    }

    [Fact]
    public void Several_threads_read_several_files_at_once()
    {
        ulong library = Client.Find(TestArchive.Library), asset = Client.Find(TestArchive.Asset);
        Parallel.For(0, 64, i =>
        {
            var client = new FuseClient(_files);
            int offset = i * 4000;
            Assert.Equal(TestArchive.LibraryContent.AsSpan(offset, 4096).ToArray(), client.Read(library, (ulong)offset, 4096).Body);
            Assert.Equal(TestArchive.AssetContent.AsSpan(offset, 4096).ToArray(), client.Read(asset, (ulong)offset, 4096).Body);
        });
    }

    [Fact]
    public void A_deflated_file_that_was_changed_gives_an_error_and_no_other_bytes()
    {
        byte[] archive = TestArchive.Build();
        var zip = ZipArchiveReader.Open(new MemorySource(archive));
        ZipEntry asset = zip.Find(TestArchive.Asset)!;
        Assert.Equal(ZipMethod.Deflated, asset.Method);
        for (int i = 0; i < 8; i++)
        {
            byte[] changed = [.. archive];
            changed[asset.DataOffset + (asset.CompressedSize * i / 8)] ^= 4;
            using var files = new ZipFileSystem(new MemorySource(changed), s_options);
            var client = new FuseClient(files);
            ulong node = client.Find(TestArchive.Asset);
            int offset = 0, error = 0;
            while (offset < TestArchive.AssetContent.Length && error == 0)
            {
                (error, byte[] body) = client.Read(node, (ulong)offset, 131072);
                offset += body.Length;
            }

            Assert.Equal(Errno.EIO, error);
        }
    }

    [Theory]
    [InlineData(4, Errno.EROFS)]
    [InlineData(9, Errno.EROFS)]
    [InlineData(10, Errno.EROFS)]
    [InlineData(12, Errno.EROFS)]
    [InlineData(16, Errno.EROFS)]
    [InlineData(35, Errno.EROFS)]
    [InlineData(14, Errno.ENOSYS)]
    [InlineData(27, Errno.ENOSYS)]
    [InlineData(22, Errno.ENOSYS)]
    [InlineData(4711, Errno.ENOSYS)]
    public void What_is_not_there_to_do_is_refused(uint opcode, int error) => Assert.Equal(error, Client.Send(opcode, 1, new byte[64]).Error);

    [Fact]
    public void The_kernel_and_this_agree_on_a_version_and_on_opening_without_requests()
    {
        static byte[] Init(uint major, uint minor, uint flags)
        {
            byte[] body = new byte[64];
            BinaryPrimitives.WriteUInt32LittleEndian(body, major);
            BinaryPrimitives.WriteUInt32LittleEndian(body.AsSpan(4), minor);
            BinaryPrimitives.WriteUInt32LittleEndian(body.AsSpan(8), 131072);
            BinaryPrimitives.WriteUInt32LittleEndian(body.AsSpan(12), flags);
            return body;
        }

        (int error, byte[] agreed) = Client.Send(26, 0, Init(7, 45, uint.MaxValue));
        Assert.Equal(0, error);
        Assert.Equal([7, 31, 131072, 1 | 1 << 17 | 1 << 18 | 1 << 24], Enumerable.Range(0, 4).Select(i => BinaryPrimitives.ReadInt32LittleEndian(agreed.AsSpan(i * 4))));
        Assert.Equal(64, agreed.Length);
        Assert.Equal(0, Client.Send(26, 0, Init(8, 0, 0)).Error);
        Assert.Equal(Errno.EPROTO, Client.Send(26, 0, Init(7, 23, uint.MaxValue)).Error);
        Assert.Equal(Errno.EPROTO, Client.Send(26, 0, Init(7, 31, 1)).Error);
        Assert.Equal(Errno.EINVAL, Client.Send(26, 0, new byte[8]).Error);
    }

    [Fact]
    public void A_request_that_is_cut_anywhere_is_answered_with_an_error_or_not_at_all()
    {
        byte[] reply = new byte[FuseFormat.OutHeader + FuseFormat.MaxRead];
        foreach (uint opcode in new uint[] { 1, 3, 15, 17, 26, 28 })
        {
            byte[] whole = FuseClient.Request(opcode, 1, new byte[64]);
            for (int length = 0; length < whole.Length; length++)
            {
                Assert.Equal(0, _files.Handle(whole.AsSpan(0, length), reply));
                byte[] cut = whole[..length];
                if (length >= 4)
                {
                    BinaryPrimitives.WriteInt32LittleEndian(cut, length);
                    Assert.InRange(_files.Handle(cut, reply), 0, reply.Length);
                }
            }
        }

        Assert.Equal(0, _files.Handle(FuseClient.Request(2, 1, new byte[8]), reply));
        Assert.Equal(0, _files.Handle(FuseClient.Request(42, 0, new byte[24]), reply));
    }

    [Fact]
    public void Whatever_is_asked_the_answer_is_well_formed()
    {
        var random = new Random(20240606);
        byte[] reply = new byte[FuseFormat.OutHeader + FuseFormat.MaxRead];
        for (int round = 0; round < 5_000; round++)
        {
            byte[] body = new byte[random.Next(80)];
            random.NextBytes(body);
            if (body.Length >= 20 && random.Next(2) == 0)
            {
                BinaryPrimitives.WriteInt64LittleEndian(body.AsSpan(8), random.Next(1_100_000));
                BinaryPrimitives.WriteInt32LittleEndian(body.AsSpan(16), random.Next(5000));
            }

            ulong node = random.Next(8) == 0 ? (ulong)random.NextInt64() : (ulong)random.Next(14);
            int length = _files.Handle(FuseClient.Request((uint)random.Next(52), node, body, (ulong)round), reply);
            Assert.True(length == 0 || (length >= 16 && length == BinaryPrimitives.ReadInt32LittleEndian(reply) && (ulong)round == BinaryPrimitives.ReadUInt64LittleEndian(reply.AsSpan(8))));
        }
    }

    public void Dispose() => _files.Dispose();
}
