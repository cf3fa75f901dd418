using System.Buffers.Binary;

namespace ZipFuse;

/// <summary>A request of the kernel: fuse_in_header, and what follows it.</summary>
internal readonly ref struct FuseRequest
{
    private FuseRequest(ReadOnlySpan<byte> bytes)
    {
        Opcode = (FuseOpcode)BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
        Unique = BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]);
        Node = BinaryPrimitives.ReadUInt64LittleEndian(bytes[16..]);
        Body = bytes[FuseFormat.InHeader..];
    }

    public FuseOpcode Opcode { get; }

    /// <summary>What the answer is told by.</summary>
    public ulong Unique { get; }

    /// <summary>The node it is about.</summary>
    public ulong Node { get; }

    public ReadOnlySpan<byte> Body { get; }

    /// <summary>Takes a request apart.</summary>
    /// <returns>False when it is shorter than its header, or not as long as it says.</returns>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out FuseRequest request)
    {
        bool isWhole = bytes.Length >= FuseFormat.InHeader && BinaryPrimitives.ReadUInt32LittleEndian(bytes) == (uint)bytes.Length;
        request = isWhole ? new FuseRequest(bytes) : default;
        return isWhole;
    }
}
