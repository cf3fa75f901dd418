using System.Runtime;
using System.Threading;

namespace Pvmfw.Platform;

/// <summary>
/// What the C libraries want from a libc, and the parts of libsodium that would bring an operating system with them: with these symbols here,
/// those members of its archive stay out. Each is a plain C function.
/// </summary>
internal static unsafe class LibraryMemory
{
    // SAFETY of all: the caller answers for its lengths, as in C.
    [RuntimeExport("memcpy")]
    internal static void* Copy(byte* destination, byte* source, nuint length)
    {
        byte* to = destination;
        for (; length >= 8; length -= 8, to += 8, source += 8)
        {
            *(ulong*)to = *(ulong*)source;
        }

        for (; length > 0; length--)
        {
            *to++ = *source++;
        }

        return destination;
    }

    [RuntimeExport("memmove")]
    internal static void* Move(byte* destination, byte* source, nuint length)
    {
        if ((nuint)destination - (nuint)source >= length)
        {
            return Copy(destination, source, length);
        }

        while (length >= 8)
        {
            length -= 8;
            *(ulong*)(destination + length) = *(ulong*)(source + length);
        }

        while (length > 0)
        {
            length--;
            destination[length] = source[length];
        }

        return destination;
    }

    [RuntimeExport("memset")]
    internal static void* Set(byte* destination, int value, nuint length)
    {
        byte* to = destination;
        ulong word = (byte)value * 0x0101010101010101UL;
        for (; length >= 8; length -= 8, to += 8)
        {
            *(ulong*)to = word;
        }

        for (; length > 0; length--)
        {
            *to++ = (byte)value;
        }

        return destination;
    }

    // For public data only: BearSSL takes the padding off an RSA signature with it.
    [RuntimeExport("memcmp")]
    internal static int Compare(byte* left, byte* right, nuint length)
    {
        for (nuint index = 0; index < length; index++)
        {
            if (left[index] != right[index])
            {
                return left[index] - right[index];
            }
        }

        return 0;
    }

    // The forms of _FORTIFY_SOURCE, with which Debian compiles.
    [RuntimeExport("__memcpy_chk")]
    internal static void* CopyChecked(byte* destination, byte* source, nuint length, nuint room)
    {
        if (length > room)
        {
            Panic.Stop("memcpy past the end"u8);
        }

        return Copy(destination, source, length);
    }

    [RuntimeExport("__memset_chk")]
    internal static void* SetChecked(byte* destination, int value, nuint length, nuint room)
    {
        if (length > room)
        {
            Panic.Stop("memset past the end"u8);
        }

        return Set(destination, value, length);
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
