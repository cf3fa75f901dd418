using Kvm.Interop.Memory;

namespace Virtio.Queues;

/// <summary>How one device thread reaches guest memory: directly, or by copies that can fail where pages may be private.</summary>
/// <remarks>For one thread at a time. Nothing is allocated after construction; no call throws for what a guest chose.</remarks>
public sealed unsafe class GuestAccess : IDisposable
{
    private readonly GuestMemory _memory;
    private readonly BounceBuffer? _bounce;

    /// <param name="memory">The guest's memory; it outlives this object.</param>
    /// <param name="isProtected">Pages may be private: every access is a copy by the kernel.</param>
    public GuestAccess(GuestMemory memory, bool isProtected)
    {
        _memory = memory;
        _bounce = isProtected ? new BounceBuffer(memory) : null;
    }

    /// <summary>Whether guest memory may not be touched but by calls that copy (readv, writev of a buffered file, this object).</summary>
    public bool IsProtected => _bounce is not null;

    /// <summary>Copies out of guest memory.</summary>
    /// <returns>False where there is no memory for all of it, or a private page.</returns>
    public bool TryRead(GuestAddress address, Span<byte> destination) =>
        _bounce is null ? _memory.TryRead(address, destination) : _bounce.Read(address, destination) == GuestCopyResult.Copied;

    /// <summary>Copies into guest memory.</summary>
    /// <returns>False where there is no memory for all of it, or a private page.</returns>
    public bool TryWrite(GuestAddress address, ReadOnlySpan<byte> source) =>
        _bounce is null ? _memory.TryWrite(address, source) : _bounce.Write(address, source) == GuestCopyResult.Copied;

    /// <summary>Copies a value out of guest memory.</summary>
    public bool TryRead<T>(GuestAddress address, out T value)
        where T : unmanaged =>
        _bounce is null ? _memory.TryRead(address, out value) : _bounce.Read(address, out value) == GuestCopyResult.Copied;

    /// <summary>Copies a value into guest memory.</summary>
    public bool TryWrite<T>(GuestAddress address, T value)
        where T : unmanaged =>
        _bounce is null ? _memory.TryWrite(address, value) : _bounce.Write(address, value) == GuestCopyResult.Copied;

    /// <summary>Reads 16 bits in one access; what is read afterwards is not older (LDAR, or a full fence behind the kernel's copy).</summary>
    /// <param name="address">Even.</param>
    /// <param name="value">The value; 0 where it cannot be read.</param>
    public bool TryLoadAcquire(GuestAddress address, out ushort value)
    {
        if (_bounce is null)
        {
            bool present = _memory.TryGetPointer(address, sizeof(ushort), out byte* pointer);
            // SAFETY: two bytes lie at the pointer; the address is even, as the queue's set-up checked, and so is the pointer.
            value = present ? Volatile.Read(ref *(ushort*)pointer) : (ushort)0;
            return present;
        }

        bool copied = TryRead(address, out value);
        GuestMemoryAtomics.FullFence();
        return copied;
    }

    /// <summary>Writes 16 bits in one access; who sees them sees what was written before (STLR, or a full fence before the kernel's copy).</summary>
    /// <param name="address">Even.</param>
    /// <param name="value">The value.</param>
    public bool TryStoreRelease(GuestAddress address, ushort value)
    {
        if (_bounce is null)
        {
            if (!_memory.TryGetPointer(address, sizeof(ushort), out byte* pointer))
            {
                return false;
            }

            // SAFETY: as in TryLoadAcquire.
            Volatile.Write(ref *(ushort*)pointer, value);
            return true;
        }

        GuestMemoryAtomics.FullFence();
        return TryWrite(address, value);
    }

    /// <summary>The host's address of a range that lies in guest memory; on a protected guest only for calls that copy.</summary>
    internal bool TryGetPointer(GuestAddress address, uint length, out byte* pointer) => _memory.TryGetPointer(address, length, out pointer);

    /// <inheritdoc/>
    public void Dispose() => _bounce?.Dispose();
}
