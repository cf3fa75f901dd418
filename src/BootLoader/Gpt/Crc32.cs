namespace BootLoader.Gpt;

/// <summary>CRC-32 of IEEE 802.3, as UEFI uses it; here because the firmware, which has no class library, needs it too.</summary>
internal static class Crc32
{
    /// <summary>What a sum in parts begins with.</summary>
    internal const uint Start = uint.MaxValue;

    private const uint ReversedPolynomial = 0xedb88320;

    /// <summary>The sum of some bytes.</summary>
    public static uint Of(ReadOnlySpan<byte> bytes) => ~Append(Start, bytes);

    /// <summary>Goes on with a sum; its complement, after the last part, is the sum of all.</summary>
    public static uint Append(uint sum, ReadOnlySpan<byte> bytes)
    {
        for (int i = 0; i < bytes.Length; i++)
        {
            sum ^= bytes[i];
            for (int bit = 0; bit < 8; bit++)
            {
                sum = (sum >> 1) ^ (ReversedPolynomial & (0 - (sum & 1)));
            }
        }

        return sum;
    }
}
