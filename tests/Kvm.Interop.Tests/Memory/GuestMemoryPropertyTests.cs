using FsCheck;
using FsCheck.Fluent;
using Kvm.Interop.Memory;

namespace Kvm.Interop.Tests.Memory;

/// <summary>Guest memory against a model: a dictionary of the bytes that exist.</summary>
public class GuestMemoryPropertyTests
{
    private const int Page = 0x1000;
    private const ulong Origin = 0x8000_0000;

    // Three regions, the first two adjacent, a hole of one page before the third.
    private static readonly GuestRange[] s_ranges =
    [
        new(new(Origin), 2 * Page),
        new(new(Origin + (2 * Page)), Page),
        new(new(Origin + (4 * Page)), Page),
    ];

    private static readonly Gen<(ulong Address, int Length)> s_access =
        from near in Gen.Choose(-300, (5 * Page) + 300)
        from edge in Gen.Elements(-2, -1, 0, 1, 2)
        from page in Gen.Choose(0, 5)
        from byEdge in Gen.Elements(true, false)
        from length in Gen.OneOf(Gen.Choose(0, 32), Gen.Choose(0, 3 * Page))
        select (unchecked(Origin + (ulong)(byEdge ? (page * Page) + edge : near)), length);

    [Fact]
    public void A_write_succeeds_exactly_where_every_byte_exists_and_changes_exactly_those()
    {
        Prop.ForAll(s_access.ToArbitrary(), access =>
        {
            using GuestMemory memory = GuestMemory.Create(s_ranges, GuestMemoryBacking.Anonymous);
            byte[] data = [.. Enumerable.Range(0, access.Length).Select(i => (byte)(1 + (i % 255)))];

            bool possible = Enumerable.Range(0, access.Length).All(i => Exists(access.Address + (ulong)i));
            bool written = memory.TryWrite(new(access.Address), data);

            return written == possible && Enumerable.Range(0, 5 * Page).All(i =>
            {
                ulong address = Origin + (ulong)i;
                ulong index = unchecked(address - access.Address);
                byte expected = written && index < (ulong)data.Length ? data[index] : (byte)0;
                return !Exists(address) || memory.Read<byte>(new(address)) == expected;
            });
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void What_was_written_is_read_back_by_every_way_of_reading()
    {
        using GuestMemory memory = GuestMemory.Create(s_ranges);
        using BounceBuffer bounce = new(memory, capacity: Page);
        Prop.ForAll(s_access.ToArbitrary(), access =>
        {
            byte[] data = new byte[access.Length];
            Random.Shared.NextBytes(data);
            bool written = memory.TryWrite(new(access.Address), data);
            byte[] copied = new byte[access.Length];
            byte[] bounced = new byte[access.Length];
            bool read = memory.TryRead(new(access.Address), copied);
            GuestCopyResult result = bounce.Read(new(access.Address), bounced);

            return written == read
                && result == (written ? GuestCopyResult.Copied : GuestCopyResult.OutsideMemory)
                && (!written || (copied.AsSpan().SequenceEqual(data) && bounced.AsSpan().SequenceEqual(data)))
                && (!memory.TryGetSpan(new(access.Address), access.Length, out Span<byte> span) || access.Length == 0 || span.SequenceEqual(data));
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void No_address_and_length_whatever_leads_outside_the_regions()
    {
        using GuestMemory memory = GuestMemory.Create(s_ranges);
        Gen<ulong> anything = ArbMap.Default.GeneratorFor<ulong>();
        Gen<(ulong, ulong)> pairs = from address in Gen.OneOf(anything, s_access.Select(a => a.Address))
                                    from length in Gen.OneOf(anything, anything.Select(x => unchecked(0 - x)), Gen.Choose(0, 100).Select(x => (ulong)x))
                                    select (address, length);
        Prop.ForAll(pairs.ToArbitrary(), pair =>
        {
            (ulong address, ulong length) = pair;
            UInt128 end = (UInt128)address + length;
            bool inside = s_ranges.Any(r => address >= r.Start.Value && address < r.Start.Value + r.Size && end <= (UInt128)r.Start.Value + r.Size);
            return memory.Contains(new(address), length) == inside;
        }).QuickCheckThrowOnFailure();
    }

    private static bool Exists(ulong address) => s_ranges.Any(r => unchecked(address - r.Start.Value) < r.Size);
}
