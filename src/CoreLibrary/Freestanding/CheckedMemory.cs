using System.Runtime;

namespace System;

/// <summary>What Debian's compiler options make static libraries ask for besides <see cref="BlockMemory"/>: checks that end the program.</summary>
internal static unsafe class CheckedMemory
{
    // SAFETY of all: the caller answers for its lengths, as in C. The first two are forms of _FORTIFY_SOURCE.
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
}
