using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Kvm.Interop.Native;

namespace Kvm.Interop.Memory;

/// <summary>The rules that ranges of guest memory keep, checked once so that every access can trust them.</summary>
internal static class GuestMemoryLayout
{
    /// <summary>Sorts the ranges and refuses what cannot be mapped.</summary>
    internal static ImmutableArray<GuestRange> Check(IEnumerable<GuestRange> ranges)
    {
        GuestRange[] sorted = [.. ranges];
        Array.Sort(sorted, static (a, b) => a.Start.CompareTo(b.Start));
        if (sorted.Length == 0)
        {
            throw new ArgumentException("a guest needs at least one range of memory", nameof(ranges));
        }

        foreach (GuestRange range in sorted)
        {
            if (range.Size == 0)
            {
                throw new ArgumentException($"the range at {range.Start} is empty", nameof(ranges));
            }

            if (!range.Start.IsAligned(Libc.PageSize) || range.Size % Libc.PageSize != 0)
            {
                throw new ArgumentException($"the range {range} is not made of whole pages of {Libc.PageSize} bytes", nameof(ranges));
            }

            if (range.Size - 1 > ulong.MaxValue - range.Start.Value)
            {
                throw new ArgumentException($"the range of {range.Size} bytes at {range.Start} passes 2^64", nameof(ranges));
            }
        }

        for (int i = 1; i < sorted.Length; i++)
        {
            // The difference cannot underflow in a sorted list.
            if (sorted[i].Start - sorted[i - 1].Start < sorted[i - 1].Size)
            {
                throw new ArgumentException($"the ranges {sorted[i - 1]} and {sorted[i]} overlap", nameof(ranges));
            }
        }

        return ImmutableCollectionsMarshal.AsImmutableArray(sorted);
    }
}
