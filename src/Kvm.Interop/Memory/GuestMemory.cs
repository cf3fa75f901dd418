using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Kvm.Interop.Files;
using Kvm.Interop.Native;

namespace Kvm.Interop.Memory;

/// <summary>The guest's memory as the VMM sees it: sorted regions that do not overlap, reached by guest physical address with every access checked.</summary>
/// <remarks>
/// <para>
/// The guest changes this memory at any time. Copy a value out once, check the copy, use the copy; never check through a span and read again.
/// Plain accesses have no order between threads; ring indices go through <see cref="GuestMemoryAtomics"/>.
/// </para>
/// <para>
/// On a protected VM a page that the guest has not shared raises SIGSEGV here, which ends the process: use <see cref="BounceBuffer"/> wherever
/// the guest chooses the address. All members but <see cref="Dispose"/> may be called from any thread and, unless they throw, allocate nothing.
/// </para>
/// </remarks>
public sealed unsafe partial class GuestMemory : IDisposable
{
    /// <summary>The name, of the memfd or of the anonymous mapping, by which memory accounting finds guest memory in smaps.</summary>
    public const string FileName = "crosvm_guest";

    private Extent[] _extents;

    private GuestMemory(ImmutableArray<GuestMemoryRegion> regions, MemFd? file)
    {
        Regions = regions;
        File = file;
        _extents = new Extent[regions.Length];
        for (int i = 0; i < regions.Length; i++)
        {
            _extents[i] = new Extent(regions[i].Start.Value, regions[i].Size, regions[i].Mapping.Pointer);
        }
    }

    /// <summary>The regions by rising address.</summary>
    public ImmutableArray<GuestMemoryRegion> Regions { get; }

    /// <summary>The file that backs all regions, or null for anonymous memory.</summary>
    public MemFd? File { get; }

    /// <summary>The highest address that has memory.</summary>
    public GuestAddress LastAddress => Regions[^1].Start + (Regions[^1].Size - 1);

    /// <summary>Length of all regions together, in bytes.</summary>
    public ulong TotalSize => Regions.Aggregate(0UL, (sum, region) => sum + region.Size);

    /// <summary>Maps memory for the ranges, in any order; no page of it is touched.</summary>
    /// <param name="ranges">Where the guest has memory; starts and sizes are multiples of the page size.</param>
    /// <param name="backing">Where the host takes it from.</param>
    /// <param name="options">Advice to the kernel for every region.</param>
    /// <exception cref="ArgumentException">There is no range, or one is empty, misaligned, beyond 2^64 or overlaps another.</exception>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public static GuestMemory Create(
        IEnumerable<GuestRange> ranges,
        GuestMemoryBacking backing = GuestMemoryBacking.MemFd,
        MappingOptions options = MappingOptions.DontDump)
    {
        ImmutableArray<GuestRange> sorted = GuestMemoryLayout.Check(ranges);
        MemFd? file = backing == GuestMemoryBacking.MemFd
            ? MemFd.Create(FileName, sorted.Aggregate(0UL, (sum, range) => checked(sum + range.Size)))
            : null;
        List<GuestMemoryRegion> regions = [];
        try
        {
            ulong offset = 0;
            foreach (GuestRange range in sorted)
            {
                MemoryMapping mapping = file is null
                    ? MemoryMapping.MapAnonymous(range.Size, options)
                    : MemoryMapping.MapShared(file, offset, range.Size, options);
                if (file is null)
                {
                    mapping.TrySetName("crosvm_guest"u8);
                }

                regions.Add(new GuestMemoryRegion(range, mapping, file is null ? 0 : offset));
                offset += range.Size;
            }

            return new GuestMemory([.. regions], file);
        }
        catch
        {
            regions.ForEach(region => region.Mapping.Dispose());
            file?.Dispose();
            throw;
        }
    }

    /// <summary>Whether all addresses of an access lie in one region. An empty access lies where its address does.</summary>
    public bool Contains(GuestAddress address, ulong length) => TryGetPointer(address, length, out _);

    /// <summary>Finds the host's address of an access that lies in one region.</summary>
    /// <param name="address">First guest physical address.</param>
    /// <param name="length">Length in bytes.</param>
    /// <param name="pointer">Valid for <paramref name="length"/> bytes until the memory is disposed.</param>
    public bool TryGetPointer(GuestAddress address, ulong length, out byte* pointer)
    {
        foreach (ref readonly Extent extent in _extents.AsSpan())
        {
            // An address below the start wraps to an offset beyond every size, so one comparison covers both ends.
            ulong offset = unchecked(address.Value - extent.Start);
            if (offset < extent.Size && length <= extent.Size - offset)
            {
                // SAFETY: offset and length lie inside the mapping, which lives until Dispose.
                pointer = extent.Host + offset;
                return true;
            }
        }

        pointer = null;
        return false;
    }

    /// <summary>Finds the host's address of an access that lies in one region.</summary>
    /// <exception cref="GuestAccessException">It does not.</exception>
    public byte* GetPointer(GuestAddress address, ulong length)
    {
        if (!TryGetPointer(address, length, out byte* pointer))
        {
            Throw(address, length);
        }

        return pointer;
    }

    /// <summary>Gives the bytes of an access that lies in one region. The guest may change them at any time.</summary>
    public bool TryGetSpan(GuestAddress address, int length, out Span<byte> span)
    {
        if (length >= 0 && TryGetPointer(address, (ulong)length, out byte* pointer))
        {
            span = new Span<byte>(pointer, length);
            return true;
        }

        span = default;
        return false;
    }

    /// <summary>Gives the bytes of an access that lies in one region. The guest may change them at any time.</summary>
    /// <exception cref="GuestAccessException">It does not.</exception>
    public Span<byte> GetSpan(GuestAddress address, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        return new Span<byte>(GetPointer(address, (ulong)length), length);
    }

    /// <summary>
    /// Gives the host back the memory of a range that the guest does not use, as far as it makes up whole pages of the host. It reads as zeros
    /// afterwards and takes memory again when it is next written.
    /// </summary>
    /// <param name="address">First guest physical address, at any alignment.</param>
    /// <param name="length">Length in bytes.</param>
    /// <returns>Bytes given back: 0 where the range does not lie in one region or holds no whole page.</returns>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public ulong Discard(GuestAddress address, ulong length)
    {
        if (!TryGetPointer(address, length, out _))
        {
            return 0;
        }

        foreach (GuestMemoryRegion region in Regions)
        {
            ulong offset = unchecked(address.Value - region.Start.Value);
            if (offset >= region.Size)
            {
                continue;
            }

            // A region begins and ends on a page, so neither rounding leaves it.
            ulong page = Libc.PageSize;
            ulong first = (offset + page - 1) & ~(page - 1);
            ulong end = (offset + length) & ~(page - 1);
            if (first < end)
            {
                region.Mapping.Discard(first, end - first, File is not null);
                return end - first;
            }
        }

        return 0;
    }

    /// <summary>Unmaps everything. The caller has ended every thread that could still reach guest memory, vCPUs and the kernel's own included.</summary>
    public void Dispose()
    {
        // A late access then reports an error instead of touching whatever is mapped there next.
        _extents = [];
        foreach (GuestMemoryRegion region in Regions)
        {
            region.Mapping.Dispose();
        }

        File?.Dispose();
    }

    /// <summary>The bytes from an address up to the end of its region or of the access, whichever is nearer; 0 where there is no memory.</summary>
    internal ulong GetRun(GuestAddress address, ulong length, out byte* pointer)
    {
        foreach (ref readonly Extent extent in _extents.AsSpan())
        {
            ulong offset = unchecked(address.Value - extent.Start);
            if (offset < extent.Size)
            {
                // SAFETY: as in TryGetPointer; the run ends with the region.
                pointer = extent.Host + offset;
                return Math.Min(length, extent.Size - offset);
            }
        }

        pointer = null;
        return 0;
    }

    /// <summary>Whether every byte of an access has memory, in as many adjacent regions as it takes.</summary>
    internal bool CoversAll(GuestAddress address, ulong length)
    {
        while (length > 0)
        {
            ulong run = GetRun(address, length, out _);
            if (run == 0 || (run < length && !address.TryAdd(run, out address)))
            {
                return false;
            }

            length -= run;
        }

        return true;
    }

    [DoesNotReturn]
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Throw(GuestAddress address, ulong length) => throw new GuestAccessException(address, length);

    private readonly struct Extent(ulong start, ulong size, byte* host)
    {
        internal readonly ulong Start = start;
        internal readonly ulong Size = size;
        internal readonly byte* Host = host;
    }
}
