using Kvm.Interop.Memory;

namespace Kvm.Interop.Tests.Memory;

public class AllocationTests
{
    [Fact]
    public void Guest_memory_accesses_allocate_nothing()
    {
        using GuestMemory memory = GuestMemory.Create([new(new(0x8000_0000), 0x4000), new(new(0x8000_4000), 0x4000)]);
        byte[] buffer = new byte[0x2000];
        GuestAddress border = new(0x8000_3ffc);

        Assert.Equal(0, Allocations.OfThousand(() =>
        {
            memory.TryGetSpan(border, 4, out _);
            memory.TryGetSpan(new(1), 4, out _);
            memory.TryWrite(border, 0x1122334455667788UL);
            memory.TryRead(border, out ulong _);
            memory.TryWrite(new(0x8000_3000), buffer);
            memory.TryRead(new(0x8000_3000), buffer);
            memory.Fill(border, 8, 0);
            memory.StoreRelease16(border, 1);
            memory.LoadAcquire16(border);
        }));
    }
}
