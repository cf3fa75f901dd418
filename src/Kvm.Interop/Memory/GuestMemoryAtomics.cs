using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Kvm.Interop.Memory;

/// <summary>Single reads and writes of guest memory with a stated order, for what both sides poll: ring indices and flags.</summary>
/// <remarks>
/// Acquire (LDAR): what is read after it is not older than the value read, so entries that the driver wrote before it moved the index are seen.
/// Release (STLR): what was written before it is seen by whoever reads the new value. Neither orders a store before a later load of another
/// place; where the VMM publishes an index and then looks whether the driver wants a notification, it needs <see cref="FullFence"/> between.
/// The addresses must be aligned to the width: the architecture gives no atomicity otherwise.
/// </remarks>
public static unsafe class GuestMemoryAtomics
{
    /// <summary>Orders every earlier load and store of this thread before every later one, as the guest sees them (DMB ISH).</summary>
    public static void FullFence() => Interlocked.MemoryBarrier();

    /// <summary>Reads 16 bits with acquire order.</summary>
    /// <exception cref="GuestAccessException">There is no memory, or the address is odd.</exception>
    public static ushort LoadAcquire16(this GuestMemory memory, GuestAddress address) =>
        Volatile.Read(ref *(ushort*)Locate(memory, address, sizeof(ushort)));

    /// <summary>Reads 32 bits with acquire order.</summary>
    /// <exception cref="GuestAccessException">There is no memory, or the address is not a multiple of 4.</exception>
    public static uint LoadAcquire32(this GuestMemory memory, GuestAddress address) =>
        Volatile.Read(ref *(uint*)Locate(memory, address, sizeof(uint)));

    /// <summary>Reads 64 bits with acquire order.</summary>
    /// <exception cref="GuestAccessException">There is no memory, or the address is not a multiple of 8.</exception>
    public static ulong LoadAcquire64(this GuestMemory memory, GuestAddress address) =>
        Volatile.Read(ref *(ulong*)Locate(memory, address, sizeof(ulong)));

    /// <summary>Writes 16 bits with release order.</summary>
    /// <exception cref="GuestAccessException">There is no memory, or the address is odd.</exception>
    public static void StoreRelease16(this GuestMemory memory, GuestAddress address, ushort value) =>
        Volatile.Write(ref *(ushort*)Locate(memory, address, sizeof(ushort)), value);

    /// <summary>Writes 32 bits with release order.</summary>
    /// <exception cref="GuestAccessException">There is no memory, or the address is not a multiple of 4.</exception>
    public static void StoreRelease32(this GuestMemory memory, GuestAddress address, uint value) =>
        Volatile.Write(ref *(uint*)Locate(memory, address, sizeof(uint)), value);

    /// <summary>Writes 64 bits with release order.</summary>
    /// <exception cref="GuestAccessException">There is no memory, or the address is not a multiple of 8.</exception>
    public static void StoreRelease64(this GuestMemory memory, GuestAddress address, ulong value) =>
        Volatile.Write(ref *(ulong*)Locate(memory, address, sizeof(ulong)), value);

    private static byte* Locate(GuestMemory memory, GuestAddress address, uint width)
    {
        // SAFETY: regions and their mappings begin on page boundaries, so an aligned guest address is an aligned host address.
        byte* pointer = memory.GetPointer(address, width);
        if (!address.IsAligned(width))
        {
            Throw(address, width);
        }

        return pointer;
    }

    [DoesNotReturn]
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Throw(GuestAddress address, uint width) =>
        throw new GuestAccessException(address, width, "must be atomic but is not aligned to its width");
}
