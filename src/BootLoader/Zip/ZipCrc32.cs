using System.Buffers.Binary;

namespace BootLoader.Zip;

/// <summary>CRC-32 of archives, eight bytes a step: entries are large. The firmware's own, without tables, is a twentieth as fast.</summary>
internal static class ZipCrc32
{
    /// <summary>What a sum in parts begins with.</summary>
    public const uint Start = uint.MaxValue;

    private const int Steps = 8;
    private const uint ReversedPolynomial = 0xedb88320;
    private static readonly uint[] s_table = MakeTable();

    /// <summary>Goes on with a sum; its complement, after the last part, is the sum of all.</summary>
    public static uint Append(uint sum, ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<uint> table = s_table;
        while (bytes.Length >= Steps)
        {
            uint low = BinaryPrimitives.ReadUInt32LittleEndian(bytes) ^ sum, high = BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
            sum = table[(7 << 8) | (byte)low] ^ table[(6 << 8) | (byte)(low >> 8)] ^ table[(5 << 8) | (byte)(low >> 16)] ^ table[(4 << 8) | (byte)(low >> 24)]
                ^ table[(3 << 8) | (byte)high] ^ table[(2 << 8) | (byte)(high >> 8)] ^ table[(1 << 8) | (byte)(high >> 16)] ^ table[(byte)(high >> 24)];
            bytes = bytes[Steps..];
        }

        foreach (byte b in bytes)
        {
            sum = (sum >> 8) ^ table[(byte)(sum ^ b)];
        }

        return sum;
    }

    /// <summary>Row n holds what a byte followed by n zero bytes adds to a sum.</summary>
    private static uint[] MakeTable()
    {
        uint[] table = new uint[Steps << 8];
        for (int i = 0; i < 256; i++)
        {
            uint sum = (uint)i;
            for (int bit = 0; bit < 8; bit++)
            {
                sum = (sum >> 1) ^ (ReversedPolynomial & (0 - (sum & 1)));
            }

            table[i] = sum;
        }

        for (int i = 256; i < table.Length; i++)
        {
            table[i] = (table[i - 256] >> 8) ^ table[(byte)table[i - 256]];
        }

        return table;
    }
}
