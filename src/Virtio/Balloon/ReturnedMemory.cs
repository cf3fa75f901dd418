using System.Runtime.InteropServices;
using Kvm.Interop.Memory;
using Virtio.Queues;

namespace Virtio.Balloon;

/// <summary>Gives the host back what a guest says it does not use. Addresses outside its RAM are skipped; parts of a host page stay.</summary>
/// <remarks>For one thread. Work comes in pieces of a bounded size, so that a long list does not hold up other devices.</remarks>
internal sealed class ReturnedMemory(GuestRange ram)
{
    private const int PageNumbersAtATime = 1024;
    private const int RangesAtATime = 32; // as many as Linux reports at once

    private readonly uint[] _pageNumbers = new uint[PageNumbersAtATime];
    private long _bytes;

    /// <summary>Bytes given back so far; a page counts each time. From any thread.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>Returns the pages that a piece of a list of page numbers names.</summary>
    /// <param name="memory">The guest's memory.</param>
    /// <param name="list">32-bit numbers of pages of 4 KiB.</param>
    /// <param name="offset">Where in the list to go on; moved past the piece.</param>
    /// <returns>Whether there is more of the list.</returns>
    public bool ReturnPages(GuestMemory memory, DescriptorChain list, ref uint offset)
    {
        int count = (int)Math.Min((list.ReadableLength - offset) / sizeof(uint), PageNumbersAtATime);
        Span<uint> numbers = _pageNumbers.AsSpan(0, count);
        if (count == 0 || !list.TryRead(offset, MemoryMarshal.AsBytes(numbers)))
        {
            return false;
        }

        offset += (uint)count * sizeof(uint);
        // The guest fills its list in the order it finds pages, mostly downwards; sorted, neighbours become one call, and whole host pages.
        numbers.Sort();
        for (int i = 0; i < count;)
        {
            uint first = numbers[i];
            uint last = first;
            for (i++; i < count && numbers[i] - last <= 1; i++)
            {
                last = numbers[i];
            }

            Return(memory, (ulong)first << BalloonAbi.VIRTIO_BALLOON_PFN_SHIFT, ((ulong)last + 1) << BalloonAbi.VIRTIO_BALLOON_PFN_SHIFT);
        }

        return list.ReadableLength - offset >= sizeof(uint);
    }

    /// <summary>Returns some of the ranges that a buffer of a report consists of.</summary>
    /// <param name="memory">The guest's memory.</param>
    /// <param name="report">Its writable pieces are the free ranges.</param>
    /// <param name="index">With which piece to go on; moved past those that were returned.</param>
    /// <returns>Whether there are more.</returns>
    public bool ReturnRanges(GuestMemory memory, DescriptorChain report, ref uint index)
    {
        uint end = (uint)Math.Min(report.WritableCount, index + RangesAtATime);
        for (; index < end; index++)
        {
            GuestRange range = report.WritableRange((int)index);
            Return(memory, range.Start.Value, range.Start.Value + range.Size);
        }

        return index < report.WritableCount;
    }

    private void Return(GuestMemory memory, ulong start, ulong end)
    {
        start = Math.Max(start, ram.Start.Value);
        end = Math.Min(end, ram.Start.Value + ram.Size);
        if (start < end)
        {
            Volatile.Write(ref _bytes, _bytes + (long)memory.Discard(new GuestAddress(start), end - start));
        }
    }
}
