using Kvm.Interop.Memory;

namespace Kvm.Interop.Tests.Memory;

public class GuestMemoryAtomicsTests
{
    private static readonly GuestAddress s_start = new(0x8000_0000);

    [Fact]
    public void Each_width_reads_what_it_wrote()
    {
        using GuestMemory memory = GuestMemory.Create([new(s_start, 0x1000)]);
        memory.StoreRelease16(s_start + 2, 0x1122);
        memory.StoreRelease32(s_start + 4, 0x33445566);
        memory.StoreRelease64(s_start + 8, 0x778899aabbccddee);

        Assert.Equal(0x1122, memory.LoadAcquire16(s_start + 2));
        Assert.Equal(0x33445566u, memory.LoadAcquire32(s_start + 4));
        Assert.Equal(0x778899aabbccddeeul, memory.LoadAcquire64(s_start + 8));
        Assert.Equal(0, memory.Read<ushort>(s_start));
    }

    [Fact]
    public void A_misaligned_address_is_refused()
    {
        using GuestMemory memory = GuestMemory.Create([new(s_start, 0x1000)]);

        Assert.Contains("aligned", Assert.Throws<GuestAccessException>(() => memory.LoadAcquire16(s_start + 1)).Message, StringComparison.Ordinal);
        Assert.Throws<GuestAccessException>(() => memory.StoreRelease32(s_start + 2, 1));
        Assert.Throws<GuestAccessException>(() => memory.LoadAcquire64(s_start + 4));
    }

    [Fact]
    public void An_address_without_memory_is_refused()
    {
        using GuestMemory memory = GuestMemory.Create([new(s_start, 0x1000)]);

        Assert.Throws<GuestAccessException>(() => memory.LoadAcquire16(s_start + 0x1000));
        Assert.Throws<GuestAccessException>(() => memory.StoreRelease16(new(0), 1));
    }

    [Fact]
    public void A_reader_that_sees_a_released_index_sees_the_entries_before_it()
    {
        const uint Rounds = 3_000;
        using GuestMemory memory = GuestMemory.Create([new(s_start, 0x1000)]);
        GuestAddress entry = s_start + 0x100;
        Thread driver = new(() =>
        {
            for (uint i = 1; i <= Rounds; i++)
            {
                memory.Write(entry + (4 * (i % 64)), i);
                memory.StoreRelease32(s_start, i);
                SpinWait.SpinUntil(() => memory.LoadAcquire32(s_start + 4) == i);
            }
        });
        driver.Start();
        uint wrong = 0;
        for (uint seen = 1; seen <= Rounds; seen++)
        {
            uint next = seen;
            SpinWait.SpinUntil(() => memory.LoadAcquire32(s_start) == next);
            wrong += memory.Read<uint>(entry + (4 * (seen % 64))) == seen ? 0u : 1;
            memory.StoreRelease32(s_start + 4, seen);
        }

        driver.Join();
        Assert.Equal(0u, wrong);
    }
}
