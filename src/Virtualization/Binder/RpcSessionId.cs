using System.Buffers.Binary;

namespace Virtualization.Binder;

/// <summary>The 32 random bytes that a session is joined by.</summary>
internal readonly record struct RpcSessionId(ulong A, ulong B, ulong C, ulong D)
{
    internal RpcSessionId(ReadOnlySpan<byte> bytes)
        : this(
            BinaryPrimitives.ReadUInt64LittleEndian(bytes),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[16..]),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[24..]))
    {
    }
}
