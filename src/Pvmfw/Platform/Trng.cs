using System.Buffers.Binary;

namespace Pvmfw.Platform;

/// <summary>Entropy, by the Arm True Random Number Generator interface 1.0 (DEN0098).</summary>
/// <remarks>On a host without a generator below the hypervisor the host's kernel answers: who does not trust the host must not rely on it alone.</remarks>
public static class Trng
{
    private const uint VersionCall = 0x84000050;
    private const uint Rnd64Call = 0xc4000053;
    private const uint Version10 = 0x10000;
    private const ulong MaxBitsPerCall = 192;
    private const long NoEntropy = -3;
    private const int MaxTries = 1000;

    /// <summary>Fills <paramref name="entropy"/>.</summary>
    /// <returns>False when there is no generator of version 1.0 or later, or it has no entropy for long.</returns>
    public static bool Fill(Span<byte> entropy)
    {
        int version = (int)Smccc.Call(VersionCall).X0;
        if (version < (int)Version10)
        {
            return false;
        }

        Span<byte> words = stackalloc byte[24];
        while (entropy.Length > 0)
        {
            if (!Read(words))
            {
                return false;
            }

            ReadOnlySpan<byte> fresh = words[..Math.Min(words.Length, entropy.Length)];
            fresh.CopyTo(entropy);
            entropy = entropy[fresh.Length..];
        }

        FirmwareCryptography.Wipe(words);
        return true;
    }

    private static bool Read(Span<byte> words)
    {
        for (int tries = 0; tries < MaxTries; tries++)
        {
            SmcccResult result = Smccc.Call(Rnd64Call, MaxBitsPerCall);
            if (result.X0 == 0)
            {
                BinaryPrimitives.WriteUInt64LittleEndian(words, result.X3);
                BinaryPrimitives.WriteUInt64LittleEndian(words[8..], result.X2);
                BinaryPrimitives.WriteUInt64LittleEndian(words[16..], result.X1);
                return true;
            }

            if ((long)result.X0 != NoEntropy)
            {
                return false;
            }
        }

        return false;
    }
}
