using Kvm.Interop.Memory;

namespace Kvm.Interop.Tests.Memory;

public class DiscardTests
{
    private static readonly ulong s_page = (ulong)Environment.SystemPageSize;
    private static readonly GuestAddress s_start = new(0x8000_0000);

    [Theory]
    [InlineData(GuestMemoryBacking.Anonymous)]
    [InlineData(GuestMemoryBacking.MemFd)]
    public void Discarded_pages_read_as_zeros_and_their_neighbours_stay(GuestMemoryBacking backing)
    {
        using GuestMemory memory = Filled(backing);

        Assert.Equal(2 * s_page, memory.Discard(s_start + s_page, 2 * s_page));

        Assert.Equal(-1, memory.GetSpan(s_start, (int)s_page).IndexOfAnyExcept((byte)0x5a));
        Assert.Equal(-1, memory.GetSpan(s_start + s_page, (int)(2 * s_page)).IndexOfAnyExcept((byte)0));
        Assert.Equal(-1, memory.GetSpan(s_start + (3 * s_page), (int)s_page).IndexOfAnyExcept((byte)0x5a));
        memory.Write(s_start + s_page, "again"u8);
        Assert.Equal((byte)'a', memory.GetSpan(s_start + s_page, 1)[0]);
    }

    [Fact]
    public void A_part_of_a_page_is_never_discarded()
    {
        using GuestMemory memory = Filled(GuestMemoryBacking.Anonymous);

        Assert.Equal(0UL, memory.Discard(s_start + 1, s_page));
        Assert.Equal(0UL, memory.Discard(s_start, s_page - 1));
        Assert.Equal(0UL, memory.Discard(s_start, 0));
        Assert.Equal(-1, memory.GetSpan(s_start, (int)(4 * s_page)).IndexOfAnyExcept((byte)0x5a));
        Assert.Equal(s_page, memory.Discard(s_start + 1, (2 * s_page) - 1));
        Assert.Equal(0x5a, memory.GetSpan(s_start + (s_page - 1), 1)[0]);
        Assert.Equal(0, memory.GetSpan(s_start + s_page, 1)[0]);
        Assert.Equal(0x5a, memory.GetSpan(s_start + (2 * s_page), 1)[0]);
    }

    [Fact]
    public void A_range_that_leaves_its_region_is_left_alone()
    {
        using GuestMemory memory = Filled(GuestMemoryBacking.Anonymous);

        Assert.Equal(0UL, memory.Discard(s_start + (3 * s_page), 2 * s_page));
        Assert.Equal(0UL, memory.Discard(new GuestAddress(0), ulong.MaxValue));
        Assert.Equal(0UL, memory.Discard(s_start, ulong.MaxValue));
        Assert.Equal(0UL, memory.Discard(s_start + (1UL << 40), s_page));
        Assert.Equal(-1, memory.GetSpan(s_start, (int)(4 * s_page)).IndexOfAnyExcept((byte)0x5a));
    }

    private static GuestMemory Filled(GuestMemoryBacking backing)
    {
        GuestMemory memory = GuestMemory.Create([new GuestRange(s_start, 4 * s_page)], backing);
        memory.GetSpan(s_start, (int)(4 * s_page)).Fill(0x5a);
        return memory;
    }
}
