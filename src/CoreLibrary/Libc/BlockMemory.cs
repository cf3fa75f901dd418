using System.Runtime;
using System.Runtime.CompilerServices;

namespace System;

/// <summary>Blocks of memory where there is a libc: its functions.</summary>
internal static unsafe class BlockMemory
{
    // SAFETY of both: the caller answers for its lengths, as in C.
    [RuntimeImport("*", "memmove")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    internal static extern void* Move(byte* destination, byte* source, nuint length);

    [RuntimeImport("*", "memset")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    internal static extern void* Set(byte* destination, int value, nuint length);
}
