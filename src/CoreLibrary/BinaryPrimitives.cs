using System.Runtime.CompilerServices;
using Internal.Runtime.CompilerHelpers;

namespace System.Buffers.Binary;

/// <summary>Numbers of fixed byte order at any alignment.</summary>
public static class BinaryPrimitives
{
    public static ushort ReadUInt16LittleEndian(ReadOnlySpan<byte> source) => Load<ushort>(source);

    public static bool TryReadUInt16LittleEndian(ReadOnlySpan<byte> source, out ushort value)
    {
        value = source.Length < 2 ? (ushort)0 : ReadUInt16LittleEndian(source);
        return source.Length >= 2;
    }

    public static void WriteUInt16LittleEndian(Span<byte> destination, ushort value) => Store(destination, value);

    public static ushort ReadUInt16BigEndian(ReadOnlySpan<byte> source) => ReverseEndianness(Load<ushort>(source));

    public static bool TryReadUInt16BigEndian(ReadOnlySpan<byte> source, out ushort value)
    {
        value = source.Length < 2 ? (ushort)0 : ReadUInt16BigEndian(source);
        return source.Length >= 2;
    }

    public static void WriteUInt16BigEndian(Span<byte> destination, ushort value) => Store(destination, ReverseEndianness(value));

    public static uint ReadUInt32LittleEndian(ReadOnlySpan<byte> source) => Load<uint>(source);

    public static bool TryReadUInt32LittleEndian(ReadOnlySpan<byte> source, out uint value)
    {
        value = source.Length < 4 ? (uint)0 : ReadUInt32LittleEndian(source);
        return source.Length >= 4;
    }

    public static void WriteUInt32LittleEndian(Span<byte> destination, uint value) => Store(destination, value);

    public static uint ReadUInt32BigEndian(ReadOnlySpan<byte> source) => ReverseEndianness(Load<uint>(source));

    public static bool TryReadUInt32BigEndian(ReadOnlySpan<byte> source, out uint value)
    {
        value = source.Length < 4 ? (uint)0 : ReadUInt32BigEndian(source);
        return source.Length >= 4;
    }

    public static void WriteUInt32BigEndian(Span<byte> destination, uint value) => Store(destination, ReverseEndianness(value));

    public static ulong ReadUInt64LittleEndian(ReadOnlySpan<byte> source) => Load<ulong>(source);

    public static bool TryReadUInt64LittleEndian(ReadOnlySpan<byte> source, out ulong value)
    {
        value = source.Length < 8 ? (ulong)0 : ReadUInt64LittleEndian(source);
        return source.Length >= 8;
    }

    public static void WriteUInt64LittleEndian(Span<byte> destination, ulong value) => Store(destination, value);

    public static ulong ReadUInt64BigEndian(ReadOnlySpan<byte> source) => ReverseEndianness(Load<ulong>(source));

    public static bool TryReadUInt64BigEndian(ReadOnlySpan<byte> source, out ulong value)
    {
        value = source.Length < 8 ? (ulong)0 : ReadUInt64BigEndian(source);
        return source.Length >= 8;
    }

    public static void WriteUInt64BigEndian(Span<byte> destination, ulong value) => Store(destination, ReverseEndianness(value));

    public static short ReadInt16LittleEndian(ReadOnlySpan<byte> source) => (short)ReadUInt16LittleEndian(source);

    public static void WriteInt16LittleEndian(Span<byte> destination, short value) => WriteUInt16LittleEndian(destination, (ushort)value);

    public static short ReadInt16BigEndian(ReadOnlySpan<byte> source) => (short)ReadUInt16BigEndian(source);

    public static void WriteInt16BigEndian(Span<byte> destination, short value) => WriteUInt16BigEndian(destination, (ushort)value);

    public static int ReadInt32LittleEndian(ReadOnlySpan<byte> source) => (int)ReadUInt32LittleEndian(source);

    public static void WriteInt32LittleEndian(Span<byte> destination, int value) => WriteUInt32LittleEndian(destination, (uint)value);

    public static int ReadInt32BigEndian(ReadOnlySpan<byte> source) => (int)ReadUInt32BigEndian(source);

    public static void WriteInt32BigEndian(Span<byte> destination, int value) => WriteUInt32BigEndian(destination, (uint)value);

    public static long ReadInt64LittleEndian(ReadOnlySpan<byte> source) => (long)ReadUInt64LittleEndian(source);

    public static void WriteInt64LittleEndian(Span<byte> destination, long value) => WriteUInt64LittleEndian(destination, (ulong)value);

    public static long ReadInt64BigEndian(ReadOnlySpan<byte> source) => (long)ReadUInt64BigEndian(source);

    public static void WriteInt64BigEndian(Span<byte> destination, long value) => WriteUInt64BigEndian(destination, (ulong)value);

    [Intrinsic]
    public static ushort ReverseEndianness(ushort value) => (ushort)((value << 8) | (value >> 8));

    [Intrinsic]
    public static uint ReverseEndianness(uint value) => ((uint)ReverseEndianness((ushort)value) << 16) | ReverseEndianness((ushort)(value >> 16));

    [Intrinsic]
    public static ulong ReverseEndianness(ulong value) => ((ulong)ReverseEndianness((uint)value) << 32) | ReverseEndianness((uint)(value >> 32));

    // SAFETY of both: the span has room for the number; normal memory takes accesses at any alignment.
    private static unsafe T Load<T>(ReadOnlySpan<byte> source)
        where T : unmanaged
    {
        if (source.Length < sizeof(T))
        {
            ThrowHelpers.ThrowArgumentOutOfRangeException();
        }

        return *(T*)Unsafe.AsPointer(ref source.Start);
    }

    private static unsafe void Store<T>(Span<byte> destination, T value)
        where T : unmanaged
    {
        if (destination.Length < sizeof(T))
        {
            ThrowHelpers.ThrowArgumentOutOfRangeException();
        }

        *(T*)Unsafe.AsPointer(ref destination.Start) = value;
    }
}
