using System.Runtime;
using System.Runtime.CompilerServices;
using System.Threading;
using BootLoader.Cryptography;

namespace MicrodroidInit.Platform;

/// <summary>SHA-256 by BearSSL (bearssl_hash.h).</summary>
public readonly unsafe struct InitDigest : IDigest
{
    // sizeof(br_sha256_context), which the build compares with the header's.
    private const int ContextSize = 112;

    /// <inheritdoc/>
    public static void Sha256(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, Span<byte> digest)
    {
        if (digest.Length != 32)
        {
            Panic.Stop("wrong length given to a primitive"u8);
        }

        ulong* context = stackalloc ulong[ContextSize / sizeof(ulong)];
        Initialise(context);
        Update(context, Kernel.Address(first), (nuint)first.Length);
        Update(context, Kernel.Address(second), (nuint)second.Length);
        Finish(context, Kernel.Address(digest));
    }

    /// <inheritdoc/>
    public static bool AreEqual(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        if (left.Length != right.Length)
        {
            return false;
        }

        byte* leftBytes = (byte*)Kernel.Address(left), rightBytes = (byte*)Kernel.Address(right);
        uint difference = 0;
        for (int i = 0; i < left.Length; i++)
        {
            difference |= (uint)(Volatile.Read(leftBytes + i) ^ Volatile.Read(rightBytes + i));
        }

        return difference == 0;
    }

    [RuntimeImport("*", "br_sha256_init")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    private static extern void Initialise(void* context);

    // br_sha256_update is this function by a macro.
    [RuntimeImport("*", "br_sha224_update")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    private static extern void Update(void* context, nint data, nuint length);

    [RuntimeImport("*", "br_sha256_out")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    private static extern void Finish(void* context, nint digest);
}
