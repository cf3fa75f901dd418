using System.Buffers.Binary;
using BootLoader.Sources;
using BootLoader.Zip;
using Kvm.Interop;

namespace ZipFuse;

/// <summary>Answers the kernel's requests about an archive. It keeps nothing between two of them: whatever the kernel asks is answered from the archive alone.</summary>
/// <remarks>Safe to call by several threads. The kernel checks permissions (default_permissions) and keeps writers out (MS_RDONLY).</remarks>
internal sealed class ZipFileSystem : IDisposable
{
    private const uint Permissions = 0b101_101_000;
    private const int BlockSize = 4096;

    private readonly ZipMountOptions _options;
    private readonly ZipTree _tree;
    private readonly ZipContent _content;
    private readonly long _length;

    /// <param name="archive">The archive alone, without what may follow it; stays open as long as requests are answered.</param>
    /// <param name="options">How files appear.</param>
    /// <exception cref="ZipException">It is no archive, or one that is refused.</exception>
    public ZipFileSystem(RandomAccessSource archive, ZipMountOptions options)
    {
        var reader = ZipArchiveReader.Open(archive);
        _options = options;
        _tree = new ZipTree(reader);
        _content = new ZipContent(reader, archive);
        _length = archive.Length;
    }

    /// <summary>Answers a request.</summary>
    /// <param name="bytes">The request, as it was read.</param>
    /// <param name="reply">Takes the answer; <see cref="FuseFormat.MaxRead"/> bytes and a header.</param>
    /// <returns>Bytes of the answer; 0 when there is none to send.</returns>
    public int Handle(ReadOnlySpan<byte> bytes, Span<byte> reply)
    {
        if (!FuseRequest.TryRead(bytes, out FuseRequest request) || request.Opcode is FuseOpcode.Forget or FuseOpcode.BatchForget)
        {
            return 0;
        }

        Span<byte> body = reply.Slice(FuseFormat.OutHeader, FuseFormat.MaxRead);
        int result;
        try
        {
            result = Answer(request, body);
        }
        catch (Exception failure) when (failure is IOException or ZipException or LinuxException or InvalidDataException)
        {
            // The device says in the kernel's log what is wrong with it; who reads gets an error, never other bytes.
            result = -Errno.EIO;
        }

        int length = FuseFormat.OutHeader + Math.Max(result, 0);
        BinaryPrimitives.WriteInt32LittleEndian(reply, length);
        BinaryPrimitives.WriteInt32LittleEndian(reply[4..], Math.Min(result, 0));
        BinaryPrimitives.WriteUInt64LittleEndian(reply[8..], request.Unique);
        return length;
    }

    public void Dispose() => _content.Dispose();

    /// <summary>Bytes of the answer's body, or a negative error number.</summary>
    private int Answer(in FuseRequest request, Span<byte> body)
    {
        switch (request.Opcode)
        {
            case FuseOpcode.Init:
                return Initialize(request.Body, body);
            case FuseOpcode.Destroy:
                return 0;
            case FuseOpcode.StatFs:
                return StatFs(body);
            case FuseOpcode.SetAttr or FuseOpcode.Symlink or FuseOpcode.MkNod or FuseOpcode.MkDir or FuseOpcode.Unlink or FuseOpcode.RmDir:
            case FuseOpcode.Rename or FuseOpcode.Rename2 or FuseOpcode.Link or FuseOpcode.Write or FuseOpcode.Create:
                return -Errno.EROFS;
        }

        if (_tree.Find(request.Node) is not { } node)
        {
            return -Errno.ENOENT;
        }

        return request.Opcode switch
        {
            FuseOpcode.GetAttr => GetAttr(node, body),
            FuseOpcode.Lookup => Lookup(node, request.Body, body),
            FuseOpcode.Read => Read(node, request.Body, body),
            FuseOpcode.ReadDir => ReadDirectory(node, request.Body, body),
            // Opening is among these: there is nothing to open, and after one such answer the kernel asks no more.
            _ => -Errno.ENOSYS,
        };
    }

    private static int Initialize(ReadOnlySpan<byte> request, Span<byte> body)
    {
        if (request.Length < 16)
        {
            return -Errno.EINVAL;
        }

        uint major = BinaryPrimitives.ReadUInt32LittleEndian(request), minor = BinaryPrimitives.ReadUInt32LittleEndian(request[4..]);
        uint flags = BinaryPrimitives.ReadUInt32LittleEndian(request[12..]);
        const uint Needed = FuseFormat.NoOpenSupport | FuseFormat.NoOpenDirSupport;
        if (major < FuseFormat.Major || (major == FuseFormat.Major && minor < FuseFormat.OldestMinor))
        {
            return -Errno.EPROTO;
        }

        body = body[..FuseFormat.InitOut];
        body.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(body, FuseFormat.Major);
        BinaryPrimitives.WriteUInt32LittleEndian(body[4..], FuseFormat.Minor);
        if (major > FuseFormat.Major)
        {
            // The kernel asks again with this version.
            return FuseFormat.InitOut;
        }

        if ((flags & Needed) != Needed)
        {
            return -Errno.EPROTO;
        }

        BinaryPrimitives.WriteUInt32LittleEndian(body[8..], BinaryPrimitives.ReadUInt32LittleEndian(request[8..]));
        BinaryPrimitives.WriteUInt32LittleEndian(body[12..], flags & (Needed | FuseFormat.AsyncRead | FuseFormat.ParallelDirOps));
        BinaryPrimitives.WriteUInt32LittleEndian(body[20..], FuseFormat.MaxWrite);
        BinaryPrimitives.WriteUInt32LittleEndian(body[24..], 1);
        return FuseFormat.InitOut;
    }

    private int StatFs(Span<byte> body)
    {
        body = body[..FuseFormat.StatFs];
        body.Clear();
        BinaryPrimitives.WriteInt64LittleEndian(body, (_length + BlockSize - 1) / BlockSize);
        BinaryPrimitives.WriteInt64LittleEndian(body[24..], _tree.Count);
        BinaryPrimitives.WriteUInt32LittleEndian(body[40..], BlockSize);
        BinaryPrimitives.WriteUInt32LittleEndian(body[44..], 255);
        BinaryPrimitives.WriteUInt32LittleEndian(body[48..], BlockSize);
        return FuseFormat.StatFs;
    }

    private int GetAttr(ZipNode node, Span<byte> body)
    {
        body[..FuseFormat.AttrOut].Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(body, FuseFormat.Forever);
        WriteAttributes(node, body[FuseFormat.AttrOut..]);
        return FuseFormat.AttrOut + FuseFormat.Attr;
    }

    private int Lookup(ZipNode directory, ReadOnlySpan<byte> name, Span<byte> body)
    {
        int end = name.IndexOf((byte)0);
        if (!directory.IsDirectory || end < 0)
        {
            return directory.IsDirectory ? -Errno.EINVAL : -Errno.ENOTDIR;
        }

        body = body[..(FuseFormat.Entry + FuseFormat.Attr)];
        body.Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(body[16..], FuseFormat.Forever);
        BinaryPrimitives.WriteUInt64LittleEndian(body[24..], FuseFormat.Forever);
        // Without a node the answer says that there is no such file and never will be.
        if (_tree.Find(directory, name[..end]) is { } node)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(body, node.Id);
            WriteAttributes(node, body[FuseFormat.Entry..]);
        }

        return body.Length;
    }

    private int Read(ZipNode node, ReadOnlySpan<byte> request, Span<byte> body)
    {
        if (node.File is null || request.Length < FuseFormat.ReadIn)
        {
            return node.File is null ? -Errno.EISDIR : -Errno.EINVAL;
        }

        ulong offset = BinaryPrimitives.ReadUInt64LittleEndian(request[8..]);
        uint size = BinaryPrimitives.ReadUInt32LittleEndian(request[16..]);
        return offset > long.MaxValue ? -Errno.EINVAL : _content.Read(node.File, (long)offset, body[..(int)Math.Min(size, (uint)body.Length)]);
    }

    private static int ReadDirectory(ZipNode node, ReadOnlySpan<byte> request, Span<byte> body)
    {
        if (!node.IsDirectory || request.Length < FuseFormat.ReadIn)
        {
            return node.IsDirectory ? -Errno.EINVAL : -Errno.ENOTDIR;
        }

        ulong offset = BinaryPrimitives.ReadUInt64LittleEndian(request[8..]);
        uint size = BinaryPrimitives.ReadUInt32LittleEndian(request[16..]);
        body = body[..(int)Math.Min(size, (uint)body.Length)];
        int length = 0;
        // The first two are . and ..
        for (ulong i = offset; i < (ulong)node.Children.Count + 2; i++)
        {
            (ZipNode entry, ReadOnlySpan<byte> name) = i switch
            {
                0 => new NamedNode(node, "."u8),
                1 => new NamedNode(node.Parent, ".."u8),
                _ => new NamedNode(node.Children[(int)(i - 2)], node.Children[(int)(i - 2)].Name),
            };
            int whole = (FuseFormat.DirEntry + name.Length + 7) / 8 * 8;
            if (whole > body.Length - length)
            {
                break;
            }

            Span<byte> place = body.Slice(length, whole);
            place.Clear();
            BinaryPrimitives.WriteUInt64LittleEndian(place, entry.Id);
            BinaryPrimitives.WriteUInt64LittleEndian(place[8..], i + 1);
            BinaryPrimitives.WriteInt32LittleEndian(place[16..], name.Length);
            BinaryPrimitives.WriteUInt32LittleEndian(place[20..], entry.IsDirectory ? FuseFormat.DirectoryType : FuseFormat.RegularFileType);
            name.CopyTo(place[FuseFormat.DirEntry..]);
            length += whole;
        }

        return length;
    }

    private void WriteAttributes(ZipNode node, Span<byte> place)
    {
        place = place[..FuseFormat.Attr];
        place.Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(place, node.Id);
        BinaryPrimitives.WriteInt64LittleEndian(place[8..], node.Size);
        BinaryPrimitives.WriteInt64LittleEndian(place[16..], (node.Size + 511) / 512);
        BinaryPrimitives.WriteUInt32LittleEndian(place[60..], Permissions | (node.IsDirectory ? FuseFormat.Directory : FuseFormat.RegularFile));
        BinaryPrimitives.WriteUInt32LittleEndian(place[64..], node.IsDirectory ? 2u : 1u);
        BinaryPrimitives.WriteUInt32LittleEndian(place[68..], _options.Uid);
        BinaryPrimitives.WriteUInt32LittleEndian(place[72..], _options.Gid);
        BinaryPrimitives.WriteUInt32LittleEndian(place[80..], BlockSize);
    }

    private readonly ref struct NamedNode(ZipNode node, ReadOnlySpan<byte> name)
    {
        private readonly ReadOnlySpan<byte> _name = name;

        public void Deconstruct(out ZipNode entry, out ReadOnlySpan<byte> entryName)
        {
            entry = node;
            entryName = _name;
        }
    }
}
