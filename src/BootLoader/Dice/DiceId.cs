using BootLoader.Cryptography;

namespace BootLoader.Dice;

/// <summary>The id of a public key, which certificates name it by (Open Profile for DICE, "Certificate Details").</summary>
public static class DiceId
{
    /// <summary>Derives an id in the form that certificates have it in.</summary>
    /// <param name="publicKey">The key: 32 bytes of Ed25519, or X and Y.</param>
    /// <param name="text">Takes 40 bytes: lower-case hexadecimal.</param>
    public static void Derive<TCryptography>(ReadOnlySpan<byte> publicKey, Span<byte> text)
        where TCryptography : ICryptography
    {
        Span<byte> id = stackalloc byte[DiceFormat.IdSize];
        TCryptography.HkdfSha512(publicKey, DiceFormat.IdSalt, DiceFormat.IdLabel, id);
        id[0] &= 0x7f; // In X.509 certificates the id is a serial number, which must not be negative.
        for (int i = 0; i < DiceFormat.IdSize; i++)
        {
            text[2 * i] = Digit(id[i] >> 4);
            text[(2 * i) + 1] = Digit(id[i] & 15);
        }
    }

    /// <summary>Whether an id in a certificate is that of a key.</summary>
    internal static bool Matches<TCryptography>(in DicePublicKey key, ReadOnlySpan<byte> text)
        where TCryptography : ICryptography
    {
        Span<byte> raw = stackalloc byte[DicePublicKey.MaximumSize];
        Span<byte> expected = stackalloc byte[DiceFormat.IdTextSize];
        Derive<TCryptography>(raw[..key.CopyTo(raw)], expected);
        return text.SequenceEqual(expected);
    }

    private static byte Digit(int value) => (byte)(value < 10 ? '0' + value : 'a' + value - 10);
}
