using System.Runtime.InteropServices;
using Kvm.Interop.Files;
using Kvm.Interop.Native;

namespace Kvm.Interop.Memory;

/// <summary>Copies between guest memory and the VMM with an error, not a signal, where a page is private to a protected guest.</summary>
/// <remarks>
/// <para>
/// The hypervisor answers a load or store of a private page with SIGSEGV, which ends a .NET process. When the kernel itself copies for a system
/// call, the same fault becomes EFAULT. So the copy is made by pwrite(2) and pread(2) of a scratch memfd: guest memory is the call's buffer, the
/// memfd's pages, which are also mapped here, are the file.
/// </para>
/// <para>
/// Calls that pin pages instead of copying (process_vm_readv, /proc/PID/mem, O_DIRECT, io_uring's fixed buffers) do not fail on a private page:
/// they take it away from the guest, which then dies. That is why none of them is used, and why this type exists.
/// </para>
/// <para>One thread uses an instance at a time; each device thread has its own. A copy allocates nothing.</para>
/// </remarks>
public sealed unsafe class BounceBuffer : IDisposable
{
    private readonly GuestMemory _memory;
    private readonly MemFd _file;
    private readonly MemoryMapping _mapping;

    /// <summary>Makes a scratch file.</summary>
    /// <param name="memory">The guest's memory; it outlives this object.</param>
    /// <param name="capacity">Bytes moved per system call, rounded up to whole pages.</param>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public BounceBuffer(GuestMemory memory, int capacity = 64 * 1024)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        _memory = memory;
        ulong size = ((ulong)capacity + Libc.PageSize - 1) / Libc.PageSize * Libc.PageSize;
        _file = MemFd.Create("bounce", size);
        try
        {
            _mapping = MemoryMapping.MapShared(_file, 0, size, MappingOptions.DontDump);
            // Touched now, so that a copy later does not fail for want of memory.
            new Span<byte>(_mapping.Pointer, (int)size).Clear();
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    /// <summary>Copies out of guest memory. After a failure the destination's content is not defined.</summary>
    /// <exception cref="LinuxException">The copy failed for a reason that has nothing to do with the guest.</exception>
    public GuestCopyResult Read(GuestAddress address, Span<byte> destination)
    {
        if (!_memory.CoversAll(address, (ulong)destination.Length))
        {
            return GuestCopyResult.OutsideMemory;
        }

        while (!destination.IsEmpty)
        {
            int run = (int)_memory.GetRun(address, Math.Min((ulong)destination.Length, _mapping.Size), out byte* guest);
            // SAFETY: run bytes of guest memory are mapped; the kernel reports a fault in them instead of raising it.
            int copied = Moved(Libc.WriteAt(_file, guest, (nuint)run, 0), "pwrite");
            if (copied == 0)
            {
                return GuestCopyResult.Private;
            }

            new ReadOnlySpan<byte>(_mapping.Pointer, copied).CopyTo(destination);
            destination = destination[copied..];
            address = new GuestAddress(unchecked(address.Value + (ulong)copied));
        }

        return GuestCopyResult.Copied;
    }

    /// <summary>Copies into guest memory.</summary>
    /// <exception cref="LinuxException">The copy failed for a reason that has nothing to do with the guest.</exception>
    public GuestCopyResult Write(GuestAddress address, ReadOnlySpan<byte> source)
    {
        if (!_memory.CoversAll(address, (ulong)source.Length))
        {
            return GuestCopyResult.OutsideMemory;
        }

        while (!source.IsEmpty)
        {
            int run = (int)_memory.GetRun(address, Math.Min((ulong)source.Length, _mapping.Size), out byte* guest);
            source[..run].CopyTo(new Span<byte>(_mapping.Pointer, run));
            // SAFETY: run bytes of guest memory are mapped; the kernel reports a fault in them instead of raising it.
            int copied = Moved(Libc.ReadAt(_file, guest, (nuint)run, 0), "pread");
            if (copied == 0)
            {
                return GuestCopyResult.Private;
            }

            source = source[copied..];
            address = new GuestAddress(unchecked(address.Value + (ulong)copied));
        }

        return GuestCopyResult.Copied;
    }

    /// <summary>Copies a value out of guest memory; a default value unless it was copied.</summary>
    /// <exception cref="LinuxException">The copy failed for a reason that has nothing to do with the guest.</exception>
    public GuestCopyResult Read<T>(GuestAddress address, out T value)
        where T : unmanaged
    {
        T copy = default;
        GuestCopyResult result = Read(address, new Span<byte>(&copy, sizeof(T)));
        value = result == GuestCopyResult.Copied ? copy : default;
        return result;
    }

    /// <summary>Copies a value into guest memory.</summary>
    /// <exception cref="LinuxException">The copy failed for a reason that has nothing to do with the guest.</exception>
    public GuestCopyResult Write<T>(GuestAddress address, T value)
        where T : unmanaged => Write(address, new ReadOnlySpan<byte>(&value, sizeof(T)));

    /// <inheritdoc/>
    public void Dispose()
    {
        _mapping.Dispose();
        _file.Dispose();
    }

    /// <summary>The bytes that a call moved before it ended or met a private page; 0 when the first page was one.</summary>
    private static int Moved(nint result, string call)
    {
        if (result >= 0)
        {
            return (int)result;
        }

        if (Marshal.GetLastPInvokeError() != Errno.EFAULT)
        {
            LinuxException.ThrowLast(call, "bounce buffer");
        }

        return 0;
    }
}
