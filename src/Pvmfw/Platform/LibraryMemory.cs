using System.Runtime;
using System.Threading;

namespace Pvmfw.Platform;

/// <summary>
/// The parts of libsodium that would bring an operating system with them: with these symbols here, those members of its archive stay out. Each is a
/// plain C function.
/// </summary>
internal static unsafe class LibraryMemory
{
    // SAFETY of all: the caller answers for its lengths, as in C.
    [RuntimeExport("sodium_memzero")]
    internal static void Wipe(byte* memory, nuint length)
    {
        for (nuint index = 0; index < length; index++)
        {
            Volatile.Write(memory + index, 0);
        }
    }

    // In constant time: 0 when equal, -1 when not.
    [RuntimeExport("sodium_memcmp")]
    internal static int CompareSecret(byte* left, byte* right, nuint length)
    {
        uint difference = 0;
        for (nuint index = 0; index < length; index++)
        {
            difference |= (uint)(Volatile.Read(left + index) ^ Volatile.Read(right + index));
        }

        return (int)(1 & ((difference - 1) >> 8)) - 1;
    }

    [RuntimeExport("sodium_is_zero")]
    internal static int IsZero(byte* memory, nuint length)
    {
        uint bits = 0;
        for (nuint index = 0; index < length; index++)
        {
            bits |= Volatile.Read(memory + index);
        }

        return (int)(1 & ((bits - 1) >> 8));
    }

    // Only crypto_sign_keypair would call it, and nobody calls that: seeds come from DICE.
    [RuntimeExport("randombytes_buf")]
    internal static void RandomBytes(byte* memory, nuint length) => Panic.Stop("libsodium asked for random bytes"u8);
}
