using System.Buffers.Binary;
using System.Text;

namespace ZipFuse.Tests;

/// <summary>The kernel's side of the interface, as its header has it.</summary>
internal sealed class FuseClient(ZipFileSystem files)
{
    private readonly byte[] _reply = new byte[FuseFormat.OutHeader + FuseFormat.MaxRead];
    private ulong _unique;

    public static byte[] Request(uint opcode, ulong node, ReadOnlySpan<byte> body, ulong unique = 1)
    {
        byte[] request = [.. new byte[40], .. body];
        BinaryPrimitives.WriteInt32LittleEndian(request, request.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(request.AsSpan(4), opcode);
        BinaryPrimitives.WriteUInt64LittleEndian(request.AsSpan(8), unique);
        BinaryPrimitives.WriteUInt64LittleEndian(request.AsSpan(16), node);
        return request;
    }

    /// <summary>Sends a request; the answer's body, or its error number.</summary>
    public (int Error, byte[] Body) Send(uint opcode, ulong node, ReadOnlySpan<byte> body)
    {
        int length = files.Handle(Request(opcode, node, body, ++_unique), _reply);
        Assert.Equal(length, BinaryPrimitives.ReadInt32LittleEndian(_reply));
        Assert.Equal(_unique, BinaryPrimitives.ReadUInt64LittleEndian(_reply.AsSpan(8)));
        int error = -BinaryPrimitives.ReadInt32LittleEndian(_reply.AsSpan(4));
        Assert.True(error == 0 || length == 16, "an error with a body");
        return (error, _reply[16..length]);
    }

    /// <summary>The node of a path; 0 when there is none.</summary>
    public ulong Find(string path)
    {
        ulong node = 1;
        foreach (string name in path.Split('/'))
        {
            (int error, byte[] body) = Send(1, node, Encoding.UTF8.GetBytes(name + '\0'));
            Assert.Equal(0, error);
            Assert.Equal(128, body.Length);
            node = BinaryPrimitives.ReadUInt64LittleEndian(body);
        }

        return node;
    }

    public (uint Mode, long Size, uint Uid, uint Gid) Attributes(ulong node)
    {
        (int error, byte[] body) = Send(3, node, new byte[16]);
        Assert.Equal(0, error);
        Assert.Equal(104, body.Length);
        ReadOnlySpan<byte> attributes = body.AsSpan(16);
        Assert.Equal(node, BinaryPrimitives.ReadUInt64LittleEndian(attributes));
        return (
            BinaryPrimitives.ReadUInt32LittleEndian(attributes[60..]),
            BinaryPrimitives.ReadInt64LittleEndian(attributes[8..]),
            BinaryPrimitives.ReadUInt32LittleEndian(attributes[68..]),
            BinaryPrimitives.ReadUInt32LittleEndian(attributes[72..]));
    }

    public (int Error, byte[] Body) Read(ulong node, ulong offset, uint size, uint opcode = 15)
    {
        byte[] body = new byte[40];
        BinaryPrimitives.WriteUInt64LittleEndian(body.AsSpan(8), offset);
        BinaryPrimitives.WriteUInt32LittleEndian(body.AsSpan(16), size);
        return Send(opcode, node, body);
    }

    /// <summary>The names in a directory, in answers of at most so many bytes.</summary>
    public string[] List(ulong node, uint size = 4096)
    {
        List<string> names = [];
        ulong offset = 0;
        while (true)
        {
            (int error, byte[] body) = Read(node, offset, size, 28);
            Assert.Equal(0, error);
            Assert.True(body.Length <= size);
            if (body.Length == 0)
            {
                return [.. names];
            }

            for (int at = 0; at < body.Length;)
            {
                int length = BinaryPrimitives.ReadInt32LittleEndian(body.AsSpan(at + 16));
                offset = BinaryPrimitives.ReadUInt64LittleEndian(body.AsSpan(at + 8));
                names.Add(Encoding.UTF8.GetString(body, at + 24, length) + (BinaryPrimitives.ReadUInt32LittleEndian(body.AsSpan(at + 20)) == 4 ? "/" : ""));
                at += (24 + length + 7) / 8 * 8;
            }
        }
    }
}
