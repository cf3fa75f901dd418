using System.Runtime.CompilerServices;

namespace System.Threading;

/// <summary>Atomic operations, each with full ordering. The compiler supplies the bodies; those here are never compiled.</summary>
public static class Interlocked
{
    [Intrinsic]
    public static int CompareExchange(ref int location1, int value, int comparand) => CompareExchange(ref location1, value, comparand);

    [Intrinsic]
    public static long CompareExchange(ref long location1, long value, long comparand) => CompareExchange(ref location1, value, comparand);

    public static int Increment(ref int location) => ExchangeAdd(ref location, 1) + 1;

    public static int Decrement(ref int location) => ExchangeAdd(ref location, -1) - 1;

    [Intrinsic]
    internal static int ExchangeAdd(ref int location1, int value) => ExchangeAdd(ref location1, value);
}
