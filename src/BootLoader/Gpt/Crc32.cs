namespace BootLoader.Gpt;

/// <summary>CRC-32 of IEEE 802.3, as UEFI uses it; here because the firmware, which has no class library, needs it too.</summary>
internal static class Crc32
{
    private const uint ReversedPolynomial = 0xedb88320;

    /// <summary>The sum of some bytes.</summary>
    public static uint Of(ReadOnlySpan<byte> bytes)
    {
        uint sum = uint.MaxValue;
        foreach (byte value in bytes)
        {
            sum ^= value;
            for (int bit = 0; bit < 8; bit++)
            {
                sum = (sum >> 1) ^ (ReversedPolynomial & (0 - (sum & 1)));
            }
        }

        return ~sum;
    }
}
