using System.Text.RegularExpressions;
using Kvm.Interop.Memory;

namespace Kvm.Interop.Tests.Memory;

public class GuestMemoryTests
{
    private const ulong Page = 0x1000;

    private static readonly GuestRange s_low = new(new(0x8000_0000), 4 * Page);
    private static readonly GuestRange s_adjacent = new(new(0x8000_4000), 2 * Page);
    private static readonly GuestRange s_high = new(new(0x1_0000_0000), Page);
    private static readonly GuestRange s_top = new(new(ulong.MaxValue - Page + 1), Page);

    public static TheoryData<ulong, ulong, bool> Accesses => new()
    {
        { 0x8000_0000, 1, true },
        { 0x8000_0000, 4 * Page, true },
        { 0x8000_3fff, 1, true },
        { 0x8000_3fff, 2, false }, // crosses into the adjacent region: two mappings
        { 0x8000_0000, (4 * Page) + 1, false },
        { 0x7fff_ffff, 1, false },
        { 0x7fff_ffff, 2, false },
        { 0x8000_6000, 1, false },
        { 0x8000_6000, 0, false },
        { 0x8000_0000, 0, true },
        { 0x8000_0001, ulong.MaxValue, false },
        { 0x8000_0001, ulong.MaxValue - 0x8000_0000, false },
        { 0, ulong.MaxValue, false },
        { 0, 0, false },
        { ulong.MaxValue, 1, true },
        { ulong.MaxValue, 2, false },
        { ulong.MaxValue, ulong.MaxValue, false },
        { ulong.MaxValue - Page + 1, Page, true },
        { ulong.MaxValue - Page, 1, false },
        { 0x1_0000_0fff, 1, true },
        { 0x1_0000_1000, 1, false },
    };

    [Theory]
    [MemberData(nameof(Accesses))]
    public void An_access_is_allowed_only_inside_one_region(ulong address, ulong length, bool allowed)
    {
        using GuestMemory memory = Create();

        Assert.Equal(allowed, memory.Contains(new(address), length));
        if (length <= int.MaxValue)
        {
            Assert.Equal(allowed, memory.TryGetSpan(new(address), (int)length, out Span<byte> span));
            Assert.Equal(allowed ? (int)length : 0, span.Length);
        }
    }

    [Fact]
    public void A_refused_access_is_named_with_address_and_length()
    {
        using GuestMemory memory = Create();

        GuestAccessException exception = Assert.Throws<GuestAccessException>(() => memory.GetSpan(new(0x9000_0000), 16).Length);

        Assert.Equal("the access to 16 bytes at 0x90000000 lies outside guest memory", exception.Message);
    }

    [Fact]
    public void A_negative_length_is_refused()
    {
        using GuestMemory memory = Create();

        Assert.False(memory.TryGetSpan(s_low.Start, -1, out _));
        Assert.Throws<ArgumentOutOfRangeException>(() => memory.GetSpan(s_low.Start, -1).Length);
    }

    [Theory]
    [InlineData(GuestMemoryBacking.MemFd)]
    [InlineData(GuestMemoryBacking.Anonymous)]
    public void A_copy_crosses_from_a_region_into_the_adjacent_one(GuestMemoryBacking backing)
    {
        using GuestMemory memory = GuestMemory.Create([s_adjacent, s_low], backing);
        byte[] pattern = [.. Enumerable.Range(1, 100).Select(i => (byte)i)];
        memory.Write(new(0x8000_3fd0), pattern);
        byte[] back = new byte[100];
        memory.Read(new(0x8000_3fd0), back);

        Assert.Equal(pattern, back);
        Assert.Equal(pattern[48], memory.Read<byte>(new(0x8000_4000)));
        Assert.Equal(BitConverter.ToUInt64(pattern, 44), memory.Read<ulong>(new(0x8000_3ffc)));
    }

    [Fact]
    public void A_value_is_written_across_the_border_of_two_regions()
    {
        using GuestMemory memory = Create();
        memory.Write(new(0x8000_3ffe), 0x11223344u);

        Assert.Equal(0x3344, memory.Read<ushort>(new(0x8000_3ffe)));
        Assert.Equal(0x1122, memory.Read<ushort>(new(0x8000_4000)));
    }

    [Fact]
    public void A_write_that_runs_out_of_memory_writes_nothing()
    {
        using GuestMemory memory = Create();

        Assert.False(memory.TryWrite(new(0x8000_5ff0), new byte[] { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 }));
        Assert.False(memory.TryWrite(new(0x8000_5ffc), ulong.MaxValue));
        Assert.Throws<GuestAccessException>(() => memory.Fill(new(0x8000_5ff0), 17, 1));
        Assert.Equal(UInt128.Zero, memory.Read<UInt128>(new(0x8000_5ff0)));
    }

    [Fact]
    public void A_copy_does_not_wrap_around_the_top_of_the_address_space()
    {
        using GuestMemory memory = GuestMemory.Create([s_top, new(new(0), Page)]);

        Assert.False(memory.TryRead(new(ulong.MaxValue), new byte[2]));
        Assert.True(memory.TryRead(new(ulong.MaxValue), new byte[1]));
    }

    [Fact]
    public void Fill_sets_exactly_its_bytes_across_regions()
    {
        using GuestMemory memory = Create();
        memory.Fill(new(0x8000_3001), 0x2000, 0xa5);

        Assert.Equal(0, memory.Read<byte>(new(0x8000_3000)));
        Assert.Equal(0xa5, memory.Read<byte>(new(0x8000_3001)));
        Assert.Equal(0xa5, memory.Read<byte>(new(0x8000_5000)));
        Assert.Equal(0, memory.Read<byte>(new(0x8000_5001)));
    }

    [Fact]
    public void Regions_are_sorted_and_know_their_place_in_the_file()
    {
        using GuestMemory memory = GuestMemory.Create([s_high, s_low]);

        Assert.Equal([s_low.Start, s_high.Start], memory.Regions.Select(r => r.Start));
        Assert.Equal([0UL, s_low.Size], memory.Regions.Select(r => r.FileOffset));
        Assert.Equal(new GuestAddress(0x1_0000_0fff), memory.LastAddress);
        Assert.Equal(5 * Page, memory.TotalSize);
    }

    [Fact]
    public unsafe void A_second_mapping_of_the_file_sees_the_guests_memory()
    {
        using GuestMemory memory = GuestMemory.Create([s_low, s_high]);
        memory.Write(s_high.Start, 0x1234u);
        using MemoryMapping other = MemoryMapping.MapShared(memory.File!, memory.Regions[1].FileOffset, s_high.Size);

        Assert.Equal(0x1234u, *(uint*)other.Pointer);
    }

    [Fact]
    public void The_mapping_carries_the_name_that_memory_accounting_looks_for()
    {
        using GuestMemory memory = Create();

        Assert.Contains("/memfd:crosvm_guest", File.ReadAllText("/proc/self/maps"), StringComparison.Ordinal);
    }

    [Fact]
    public unsafe void A_region_of_a_block_or_more_begins_on_a_block_boundary_and_takes_no_memory()
    {
        using GuestMemory memory = GuestMemory.Create([new(new(0x8000_0000), 3UL << 30)], options: MappingOptions.HugePages | MappingOptions.DontFork);

        Assert.Equal(0UL, (ulong)memory.GetPointer(new(0x8000_0000), 1) % (2 << 20));
        string smaps = SmapsOf("crosvm_guest", 3UL << 30);
        Assert.Matches(@"Rss: +0 kB", smaps);
        Assert.Matches(@"VmFlags:.* dc .*hg", smaps);
    }

    [Fact]
    public void After_disposal_an_access_is_refused()
    {
        GuestMemory memory = Create();
        memory.Dispose();

        Assert.False(memory.TryRead(s_low.Start, out uint _));
    }

    public static TheoryData<string, ulong, ulong, ulong, ulong> BadLayouts => new()
    {
        { "is empty", 0x8000_0000, 0, 0x9000_0000, Page },
        { "whole pages", 0x8000_0001, Page, 0x9000_0000, Page },
        { "whole pages", 0x8000_0000, Page + 1, 0x9000_0000, Page },
        { "passes 2^64", ulong.MaxValue - Page + 1, 2 * Page, 0x9000_0000, Page },
        { "overlap", 0x8000_0000, 2 * Page, 0x8000_1000, Page },
        { "overlap", 0x8000_0000, Page, 0x8000_0000, Page },
    };

    [Theory]
    [MemberData(nameof(BadLayouts))]
    public void A_layout_that_cannot_be_is_refused(string reason, ulong start, ulong size, ulong otherStart, ulong otherSize) =>
        Assert.Contains(
            reason,
            Assert.Throws<ArgumentException>(() => GuestMemory.Create([new(new(start), size), new(new(otherStart), otherSize)])).Message,
            StringComparison.Ordinal);

    [Fact]
    public void A_guest_without_memory_is_refused() => Assert.Throws<ArgumentException>(() => GuestMemory.Create([]));

    private static GuestMemory Create() => GuestMemory.Create([s_low, s_adjacent, s_high, s_top]);

    [SkippableFact]
    public void Anonymous_guest_memory_is_found_in_maps_by_its_name()
    {
        using MemoryMapping probe = MemoryMapping.MapAnonymous(4096);
        Skip.IfNot(probe.TrySetName("probe"u8), "this kernel gives anonymous memory no names (CONFIG_ANON_VMA_NAME)");

        using GuestMemory memory = GuestMemory.Create([new GuestRange(new GuestAddress(0x8000_0000), 4 << 20)], GuestMemoryBacking.Anonymous);

        Assert.Contains("[anon:crosvm_guest]", File.ReadAllText("/proc/self/maps"), StringComparison.Ordinal);
    }

    private static string SmapsOf(string name, ulong size)
    {
        string[] entries = Regex.Split(File.ReadAllText("/proc/self/smaps"), "(?m)^(?=[0-9a-f]+-[0-9a-f]+ )");
        return entries.First(e => e.Contains(name, StringComparison.Ordinal) && Regex.IsMatch(e, $"Size: +{size / 1024} kB"));
    }
}
