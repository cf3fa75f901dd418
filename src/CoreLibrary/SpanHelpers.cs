using System.Runtime.CompilerServices;

namespace System;

/// <summary>What block operations compile to calls of.</summary>
internal static unsafe class SpanHelpers
{
    // SAFETY of all: the callers give memory of at least that many bytes; nothing is moved by a collector, as there is none.
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static void Memmove(ref byte destination, ref byte source, nuint length) =>
        BlockMemory.Move((byte*)Unsafe.AsPointer(ref destination), (byte*)Unsafe.AsPointer(ref source), length);

    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static void ClearWithoutReferences(ref byte destination, nuint length) =>
        BlockMemory.Set((byte*)Unsafe.AsPointer(ref destination), 0, length);

    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static void Fill(ref byte destination, byte value, nuint length) =>
        BlockMemory.Set((byte*)Unsafe.AsPointer(ref destination), value, length);
}

/// <summary>The same by other names.</summary>
internal static class Buffer
{
    internal static void BulkMoveWithWriteBarrier(ref byte destination, ref byte source, nuint length) => SpanHelpers.Memmove(ref destination, ref source, length);

    internal static void Memmove(ref byte destination, ref byte source, nuint length) => SpanHelpers.Memmove(ref destination, ref source, length);

    internal static void MemCopy(ref byte destination, ref byte source, nuint length) => SpanHelpers.Memmove(ref destination, ref source, length);
}
