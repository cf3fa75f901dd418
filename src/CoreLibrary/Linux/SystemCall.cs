using System.Runtime;
using System.Runtime.CompilerServices;

namespace System;

/// <summary>Linux' system calls on ARM64: the number in X8, up to six arguments, one result (arch/arm64/kernel/syscall.c).</summary>
internal static class SystemCall
{
    /// <summary>Calls the kernel (Linux/Native/system-call.S).</summary>
    /// <returns>From -4095 to -1 the negative errno, otherwise the result.</returns>
    [RuntimeImport("*", "system_call")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern nint Invoke(nint number, nint first, nint second, nint third, nint fourth, nint fifth, nint sixth);
}
