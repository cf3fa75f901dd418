using BootLoader.Cryptography;

namespace BootLoader.Dice;

/// <summary>
/// Makes the private key of an elliptic curve from a seed: HMAC_DRBG with SHA-512, instantiated and drawn from as RFC 6979, 3.2 does
/// (Open Profile for DICE, "Deriving Asymmetric Key Pairs").
/// </summary>
internal static class DiceCurveKey
{
    private const int StateSize = 64;

    // A candidate is rejected once in 2^32 draws at most (P-256); so many in a row mean that the primitives do not work.
    private const int MaximumDraws = 16;

    /// <summary>Makes a private key.</summary>
    /// <param name="seed">32 bytes.</param>
    /// <param name="order">The order of the group, big-endian, at most 64 bytes.</param>
    /// <param name="privateKey">Takes as many bytes as the order has.</param>
    public static bool TryDerive<TCryptography>(ReadOnlySpan<byte> seed, ReadOnlySpan<byte> order, Span<byte> privateKey)
        where TCryptography : ICryptography
    {
        if (seed.Length != DiceFormat.KeySeedSize)
        {
            return false;
        }

        Span<byte> key = stackalloc byte[StateSize];
        Span<byte> state = stackalloc byte[StateSize];
        Span<byte> tag = stackalloc byte[StateSize];
        Span<byte> data = stackalloc byte[1 + DiceFormat.KeySeedSize];
        key.Clear();
        state.Fill(1);
        seed.CopyTo(data[1..]);
        for (byte round = 0; round < 2; round++)
        {
            data[0] = round;
            Update<TCryptography>(key, state, data, tag);
        }

        bool found = false;
        data[0] = 0;
        for (int draw = 0; draw < MaximumDraws && !found; draw++)
        {
            TCryptography.HmacSha512(key, state, default, tag);
            tag.CopyTo(state);
            state[..order.Length].CopyTo(privateKey);
            found = IsInRange(privateKey, order);
            if (!found)
            {
                Update<TCryptography>(key, state, data[..1], tag);
            }
        }

        TCryptography.Wipe(key);
        TCryptography.Wipe(state);
        TCryptography.Wipe(tag);
        TCryptography.Wipe(data);
        return found;
    }

    private static void Update<TCryptography>(Span<byte> key, Span<byte> state, ReadOnlySpan<byte> data, Span<byte> tag)
        where TCryptography : ICryptography
    {
        TCryptography.HmacSha512(key, state, data, tag);
        tag.CopyTo(key);
        TCryptography.HmacSha512(key, state, default, tag);
        tag.CopyTo(state);
    }

    /// <summary>Whether 0 &lt; value &lt; order, in a time that does not depend on the value.</summary>
    private static bool IsInRange(ReadOnlySpan<byte> value, ReadOnlySpan<byte> order)
    {
        int borrow = 0, any = 0;
        for (int i = order.Length - 1; i >= 0; i--)
        {
            borrow = (value[i] - order[i] - borrow) >> 8 & 1;
            any |= value[i];
        }

        return borrow == 1 && any != 0;
    }
}
