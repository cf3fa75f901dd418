using System.Buffers.Binary;
using System.Runtime;
using System.Runtime.CompilerServices;

namespace Pvmfw.Platform;

/// <summary>SHA-256 (FIPS 180-4) by the processor's own instructions, many times as fast as without: kernels are hashed with it.</summary>
internal static unsafe class Sha256Instructions
{
    private const int BlockSize = 64;
    private const int LengthSize = 8;
    private const int StateWords = 8;
    private const int Sha2Shift = 12;

    /// <summary>Whether the processor has them (ID_AA64ISAR0_EL1.SHA2).</summary>
    public static bool AreThere => ((Processor.ReadIsar0() >> Sha2Shift) & 15) != 0;

    /// <summary>SHA-256 of two spans, one after the other.</summary>
    public static void Hash(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, Span<byte> digest)
    {
        Span<uint> state = stackalloc uint[StateWords] { 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19 };
        Span<byte> block = stackalloc byte[BlockSize];
        int filled = Absorb(state, block, 0, first);
        filled = Absorb(state, block, filled, second);
        block[filled++] = 0x80;
        if (filled > BlockSize - LengthSize)
        {
            block[filled..].Clear();
            Compress(state, block);
            filled = 0;
        }

        block[filled..].Clear();
        BinaryPrimitives.WriteUInt64BigEndian(block[(BlockSize - LengthSize)..], ((ulong)first.Length + (ulong)second.Length) * 8);
        Compress(state, block);
        for (int index = 0; index < StateWords; index++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(digest[(index * sizeof(uint))..], state[index]);
        }

        FirmwareCryptography.Wipe(block);
    }

    // Takes all of the data; whole blocks of it where they lie. Returns how much of a block is left over, and now in it.
    private static int Absorb(Span<uint> state, Span<byte> block, int filled, ReadOnlySpan<byte> data)
    {
        if (filled > 0)
        {
            int taken = Math.Min(BlockSize - filled, data.Length);
            data[..taken].CopyTo(block[filled..]);
            filled += taken;
            data = data[taken..];
            if (filled < BlockSize)
            {
                return filled;
            }

            Compress(state, block);
        }

        int whole = data.Length / BlockSize * BlockSize;
        Compress(state, data[..whole]);
        data[whole..].CopyTo(block);
        return data.Length - whole;
    }

    private static void Compress(Span<uint> state, ReadOnlySpan<byte> blocks)
    {
        fixed (uint* words = state)
        {
            fixed (byte* data = blocks)
            {
                // SAFETY: eight words, and as many whole blocks as the span has.
                CompressBlocks(words, data, (ulong)blocks.Length / BlockSize);
            }
        }
    }

    [RuntimeImport("*", "sha256_blocks")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    private static extern void CompressBlocks(uint* state, byte* data, ulong blocks);
}
