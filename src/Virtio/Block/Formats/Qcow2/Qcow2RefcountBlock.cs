using System.Buffers.Binary;

namespace Virtio.Block.Formats.Qcow2;

/// <summary>The reference counts in a refcount block, of 1 to 64 bits each.</summary>
internal static class Qcow2RefcountBlock
{
    /// <summary>Reads a count.</summary>
    /// <param name="block">The block's bytes.</param>
    /// <param name="order">log2 of the bits of a count.</param>
    /// <param name="index">Which of them.</param>
    public static ulong Get(ReadOnlySpan<byte> block, int order, int index) => order switch
    {
        3 => block[index],
        4 => BinaryPrimitives.ReadUInt16BigEndian(block[(index * 2)..]),
        5 => BinaryPrimitives.ReadUInt32BigEndian(block[(index * 4)..]),
        6 => BinaryPrimitives.ReadUInt64BigEndian(block[(index * 8)..]),
        _ => (ulong)(block[(index << order) >> 3] >> ((index << order) & 7)) & ((1UL << (1 << order)) - 1),
    };

    /// <summary>Changes a count; it is never larger than it was, or 1.</summary>
    public static void Set(Span<byte> block, int order, int index, ulong value)
    {
        switch (order)
        {
            case 3:
                block[index] = (byte)value;
                break;
            case 4:
                BinaryPrimitives.WriteUInt16BigEndian(block[(index * 2)..], (ushort)value);
                break;
            case 5:
                BinaryPrimitives.WriteUInt32BigEndian(block[(index * 4)..], (uint)value);
                break;
            case 6:
                BinaryPrimitives.WriteUInt64BigEndian(block[(index * 8)..], value);
                break;
            default:
                int shift = (index << order) & 7;
                int mask = ((1 << (1 << order)) - 1) << shift;
                ref byte target = ref block[(index << order) >> 3];
                target = (byte)((target & ~mask) | ((int)value << shift));
                break;
        }
    }
}
