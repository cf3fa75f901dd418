using System.Buffers.Binary;

namespace BootLoader.Avb;

/// <summary>
/// A public key as AVB stores it, big-endian: <c>u32 bits, u32 n0inv, n[bits/8], rr[bits/8]</c> (libavb, avb_crypto.h). The exponent is 65537.
/// Shared with the firmware.
/// </summary>
public readonly ref struct AvbPublicKey
{
    /// <summary>Bytes before the modulus.</summary>
    public const int HeaderSize = 8;

    private AvbPublicKey(ReadOnlySpan<byte> blob, int bits)
    {
        Bits = bits;
        Blob = blob;
        Modulus = blob.Slice(HeaderSize, bits / 8);
    }

    /// <summary>Bits of the modulus: 2048, 4096 or 8192.</summary>
    public int Bits { get; }

    /// <summary>The whole blob.</summary>
    public ReadOnlySpan<byte> Blob { get; }

    /// <summary>n, big-endian.</summary>
    public ReadOnlySpan<byte> Modulus { get; }

    /// <summary>Bytes of a blob whose key has this many bits.</summary>
    public static int BlobSize(int bits) => HeaderSize + (bits / 4);

    /// <summary>Reads a blob. What it holds beside the modulus, to speed up Montgomery multiplication, must belong to the modulus.</summary>
    /// <param name="blob">The blob, to its last byte.</param>
    /// <param name="key">The key, when well formed.</param>
    /// <returns>Whether sizes, n0inv = −1/n mod 2^32, and rr &lt; n are right, and n is odd and as long as it says.</returns>
    public static bool TryRead(ReadOnlySpan<byte> blob, out AvbPublicKey key)
    {
        key = default;
        if (blob.Length < HeaderSize)
        {
            return false;
        }

        uint bits = BinaryPrimitives.ReadUInt32BigEndian(blob);
        if (bits is not (2048 or 4096 or 8192) || blob.Length != BlobSize((int)bits))
        {
            return false;
        }

        var read = new AvbPublicKey(blob, (int)bits);
        ReadOnlySpan<byte> rr = blob[(HeaderSize + read.Modulus.Length)..];
        uint lowest = BinaryPrimitives.ReadUInt32BigEndian(read.Modulus[^4..]);
        uint inverse = BinaryPrimitives.ReadUInt32BigEndian(blob[4..]);
        if (read.Modulus[0] < 0x80 || unchecked(lowest * inverse) != uint.MaxValue || !IsLess(rr, read.Modulus))
        {
            return false;
        }

        key = read;
        return true;
    }

    private static bool IsLess(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        for (int i = 0; i < left.Length; i++)
        {
            if (left[i] != right[i])
            {
                return left[i] < right[i];
            }
        }

        return false;
    }
}
