using System.Runtime;
using System.Threading;

namespace Pvmfw.Platform;

/// <summary>
/// What the C libraries want from a libc besides <see cref="BlockMemory"/>, and the parts of libsodium that would bring an operating system with
/// them: with these symbols here, those members of its archive stay out. Each is a plain C function.
/// </summary>
internal static unsafe class LibraryMemory
{
    // SAFETY of all: the caller answers for its lengths, as in C. These are the forms of _FORTIFY_SOURCE, with which Debian compiles.
    [RuntimeExport("__memcpy_chk")]
    internal static void* CopyChecked(byte* destination, byte* source, nuint length, nuint room)
    {
        if (length > room)
        {
            Panic.Stop("memcpy past the end"u8);
        }

        return BlockMemory.Copy(destination, source, length);
    }

    [RuntimeExport("__memset_chk")]
    internal static void* SetChecked(byte* destination, int value, nuint length, nuint room)
    {
        if (length > room)
        {
            Panic.Stop("memset past the end"u8);
        }

        return BlockMemory.Set(destination, value, length);
    }

    [RuntimeExport("__stack_chk_fail")]
    internal static void StackSmashed() => Panic.Stop("stack overwritten"u8);

    [RuntimeExport("abort")]
    internal static void Abort() => Panic.Stop("abort"u8);

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
