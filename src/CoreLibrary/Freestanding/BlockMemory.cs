using System.Runtime;

namespace System;

/// <summary>Blocks of memory where there is no libc. The functions are C's too, for static libraries that the program is linked with.</summary>
internal static unsafe class BlockMemory
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

    // For public data only: the time tells where the difference is.
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
}
