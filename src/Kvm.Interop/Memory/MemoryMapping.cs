using Kvm.Interop.Files;
using Kvm.Interop.Native;
using Kvm.Interop.Native.Glibc;
using Kvm.Interop.Native.Uapi;
using Microsoft.Win32.SafeHandles;

namespace Kvm.Interop.Memory;

/// <summary>A mapping in the address space of this process, unmapped when it is disposed.</summary>
/// <remarks>
/// Nothing is populated: a page takes memory when it is first touched. A mapping of at least one PMD block (2 MiB with 4 KiB pages) begins on
/// a block boundary, so that the kernel can map the guest with blocks.
/// </remarks>
public sealed unsafe class MemoryMapping : SafeHandleZeroOrMinusOneIsInvalid
{
    private MemoryMapping(nint address, ulong size)
        : base(ownsHandle: true)
    {
        Size = size;
        SetHandle(address);
    }

    /// <summary>Length in bytes.</summary>
    public ulong Size { get; }

    /// <summary>The first byte; valid until the mapping is disposed, which its owner does only when no thread uses it any more.</summary>
    public byte* Pointer => (byte*)handle;

    /// <summary>Maps private memory of zeros.</summary>
    /// <param name="size">Length in bytes, a multiple of the page size.</param>
    /// <param name="options">Advice to the kernel.</param>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public static MemoryMapping MapAnonymous(ulong size, MappingOptions options = MappingOptions.None) =>
        Map(size, MemoryConstants.MAP_PRIVATE | MemoryConstants.MAP_ANONYMOUS | MemoryConstants.MAP_NORESERVE, null, 0, options);

    /// <summary>Maps a part of a file so that writes reach the file and its other mappings.</summary>
    /// <param name="file">A file or memfd opened for reading and writing.</param>
    /// <param name="offset">Where in the file, in bytes, a multiple of the page size.</param>
    /// <param name="size">Length in bytes, a multiple of the page size.</param>
    /// <param name="options">Advice to the kernel.</param>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public static MemoryMapping MapShared(FileDescriptor file, ulong offset, ulong size, MappingOptions options = MappingOptions.None) =>
        Map(size, MemoryConstants.MAP_SHARED | MemoryConstants.MAP_NORESERVE, file, checked((long)offset), options);

    /// <summary>Maps the beginning of a file or device for reading only.</summary>
    /// <param name="file">A file or device opened for reading.</param>
    /// <param name="size">Length in bytes.</param>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public static MemoryMapping MapForReading(FileDescriptor file, ulong size)
    {
        bool added = false;
        try
        {
            file.DangerousAddRef(ref added);
            nint address = Libc.mmap(0, checked((nint)size), MemoryConstants.PROT_READ, MemoryConstants.MAP_PRIVATE, file.Number, 0);
            if (address == Libc.MAP_FAILED)
            {
                LinuxException.ThrowLast("mmap", file.Name);
            }

            return new MemoryMapping(address, size);
        }
        finally
        {
            if (added)
            {
                file.DangerousRelease();
            }
        }
    }

    /// <summary>Maps an area that a vCPU or an io_uring shares with the kernel, which must lie where the kernel wants it.</summary>
    internal static MemoryMapping MapDevice(FileDescriptor device, ulong size, ulong offset = 0)
    {
        nint address = MapAt(0, size, MemoryConstants.MAP_SHARED, device, (long)offset);
        if (address == Libc.MAP_FAILED)
        {
            LinuxException.ThrowLast("mmap", device.Name);
        }

        return new MemoryMapping(address, size);
    }

    /// <summary>Gives an anonymous mapping a name in /proc/PID/maps and smaps, <c>[anon:NAME]</c>, so that its memory can be told apart.</summary>
    /// <returns>False on a kernel that was built without names (CONFIG_ANON_VMA_NAME); nothing else depends on them.</returns>
    public bool TrySetName(ReadOnlySpan<byte> name)
    {
        byte* terminated = stackalloc byte[name.Length + 1];
        name.CopyTo(new Span<byte>(terminated, name.Length));
        terminated[name.Length] = 0;
        return Libc.prctl(LibcConstants.PR_SET_VMA, LibcConstants.PR_SET_VMA_ANON_NAME, (nuint)handle, (nuint)Size, (nuint)terminated) == 0;
    }

    /// <summary>Gives the memory of pages back to the host: they read as zeros until they are written again.</summary>
    /// <param name="offset">Where, in bytes, a multiple of the page size.</param>
    /// <param name="length">How much, in bytes, a multiple of the page size; inside the mapping.</param>
    /// <param name="isFile">Shared memory of a file, where the file's pages go as well (MADV_REMOVE).</param>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    internal void Discard(ulong offset, ulong length, bool isFile)
    {
        // SAFETY: the caller has checked that the range lies in the mapping.
        int result = Libc.madvise((nint)(Pointer + offset), (nuint)length, isFile ? MemoryConstants.MADV_REMOVE : MemoryConstants.MADV_DONTNEED);
        if (result < 0)
        {
            LinuxException.ThrowLast(isFile ? "madvise(MADV_REMOVE)" : "madvise(MADV_DONTNEED)", "guest memory");
        }
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle() => Libc.munmap(handle, (nuint)Size) == 0;

    private static MemoryMapping Map(ulong size, int flags, FileDescriptor? file, long offset, MappingOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfZero(size);
        string target = $"{size} bytes of {file?.Name ?? "anonymous memory"}";
        if (size % Libc.PageSize != 0)
        {
            throw new ArgumentException($"{target}: the size is not a multiple of the page size {Libc.PageSize}", nameof(size));
        }

        nint address = ReserveAligned(size, target);
        // From here on the reservation is owned, so a failure below unmaps it.
        MemoryMapping mapping = new(address, size);
        try
        {
            if (MapAt(address, size, flags | MemoryConstants.MAP_FIXED, file, offset) == Libc.MAP_FAILED)
            {
                LinuxException.ThrowLast("mmap", target);
            }

            mapping.Advise(options, MappingOptions.DontFork, MemoryConstants.MADV_DONTFORK, "madvise(MADV_DONTFORK)");
            mapping.Advise(options, MappingOptions.DontDump, MemoryConstants.MADV_DONTDUMP, "madvise(MADV_DONTDUMP)");
            mapping.Advise(options, MappingOptions.HugePages, MemoryConstants.MADV_HUGEPAGE, "madvise(MADV_HUGEPAGE)");
            return mapping;
        }
        catch
        {
            mapping.Dispose();
            throw;
        }
    }

    /// <summary>Takes address space of the size, on a block boundary, by reserving too much and giving the ends back.</summary>
    private static nint ReserveAligned(ulong size, string target)
    {
        // A PMD block is as many pages as a page holds 8-byte entries.
        ulong block = Libc.PageSize * (Libc.PageSize / sizeof(ulong));
        ulong alignment = size >= block ? block : Libc.PageSize;
        ulong reserved = checked(size + alignment - Libc.PageSize);
        const int Flags = MemoryConstants.MAP_PRIVATE | MemoryConstants.MAP_ANONYMOUS | MemoryConstants.MAP_NORESERVE;
        nint start = Libc.mmap(0, checked((nint)reserved), MemoryConstants.PROT_NONE, Flags, -1, 0);
        if (start == Libc.MAP_FAILED)
        {
            LinuxException.ThrowLast("mmap", target);
        }

        nint aligned = (nint)(((ulong)start + alignment - 1) & ~(alignment - 1));
        Release(start, aligned - start);
        Release(aligned + (nint)size, start + (nint)reserved - (aligned + (nint)size));
        return aligned;
    }

    private static void Release(nint address, nint length)
    {
        if (length > 0)
        {
            Libc.Check(Libc.munmap(address, (nuint)length), "munmap", "reserved address space");
        }
    }

    private static nint MapAt(nint address, ulong size, int flags, FileDescriptor? file, long offset)
    {
        const int Protection = MemoryConstants.PROT_READ | MemoryConstants.PROT_WRITE;
        if (file is null)
        {
            return Libc.mmap(address, (nint)size, Protection, flags, -1, 0);
        }

        bool added = false;
        try
        {
            file.DangerousAddRef(ref added);
            return Libc.mmap(address, (nint)size, Protection, flags, file.Number, offset);
        }
        finally
        {
            if (added)
            {
                file.DangerousRelease();
            }
        }
    }

    private void Advise(MappingOptions options, MappingOptions option, int advice, string call)
    {
        if ((options & option) != 0)
        {
            Libc.Check(Libc.madvise(handle, (nuint)Size, advice), call, $"{Size} bytes");
        }
    }
}
