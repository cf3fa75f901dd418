using System.Runtime.InteropServices;
using Kvm.Interop.Exits;
using Kvm.Interop.Native.Uapi;

namespace Kvm.Interop.Tests;

public unsafe class KvmRunTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(8)]
    public void An_MMIO_exit_shows_as_many_bytes_as_the_guest_moves(uint length)
    {
        kvm_run page = new() { exit_reason = (uint)KvmExitReason.KVM_EXIT_MMIO };
        page.mmio.phys_addr = 0x3f8;
        page.mmio.len = length;
        page.mmio.is_write = 1;
        MmioExit exit = new KvmRun(&page).Mmio;

        Assert.Equal(0x3f8UL, exit.PhysicalAddress);
        Assert.Equal((int)length, exit.Data.Length);
        Assert.True(exit.IsWrite);
    }

    [Fact]
    public void An_answer_to_a_load_lands_in_the_page()
    {
        kvm_run page = default;
        page.mmio.len = 4;
        BitConverter.TryWriteBytes(new KvmRun(&page).Mmio.Data, 0x11223344);

        Assert.Equal(0x11223344, MemoryMarshal.Read<int>(new ReadOnlySpan<byte>(page.mmio.data, 8)));
        Assert.Equal(0, page.mmio.data[4]);
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(9u)]
    [InlineData(uint.MaxValue)]
    public void An_MMIO_length_that_cannot_be_is_refused(uint length)
    {
        kvm_run page = default;
        page.mmio.len = length;
        kvm_run* pointer = &page;

        Assert.Contains($"{length} bytes", Assert.Throws<InvalidOperationException>(() => _ = new KvmRun(pointer).Mmio.IsWrite).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0u, 0)]
    [InlineData(1u, 1)]
    [InlineData(16u, 16)]
    [InlineData(uint.MaxValue, 16)]
    public void The_words_of_a_system_event_end_at_the_structures_end(uint count, int expected)
    {
        kvm_run page = new() { exit_reason = (uint)KvmExitReason.KVM_EXIT_SYSTEM_EVENT };
        page.system_event.type = (uint)KvmSystemEventType.KVM_SYSTEM_EVENT_RESET;
        page.system_event.ndata = count;

        Assert.Equal(expected, new KvmRun(&page).SystemEvent.Data.Length);
    }

    [Fact]
    public void A_reset_by_SYSTEM_RESET2_is_told_apart()
    {
        kvm_run page = default;
        page.system_event.type = (uint)KvmSystemEventType.KVM_SYSTEM_EVENT_RESET;
        page.system_event.ndata = 1;
        Assert.False(new KvmRun(&page).SystemEvent.IsPsciReset2);

        page.system_event.data[0] = 1;
        Assert.True(new KvmRun(&page).SystemEvent.IsPsciReset2);
    }

    [Theory]
    [InlineData(KvmExitReason.KVM_EXIT_SYSTEM_EVENT, "KVM_EXIT_SYSTEM_EVENT (KVM_SYSTEM_EVENT_CRASH, data 0x2a)")]
    [InlineData(KvmExitReason.KVM_EXIT_INTERNAL_ERROR, "KVM_EXIT_INTERNAL_ERROR (KVM_INTERNAL_ERROR_DELIVERY_EV, data 0x2a)")]
    [InlineData(KvmExitReason.KVM_EXIT_HYPERCALL, "KVM_EXIT_HYPERCALL (HVC, function 0x100000003)")]
    [InlineData(KvmExitReason.KVM_EXIT_FAIL_ENTRY, "KVM_EXIT_FAIL_ENTRY (reason 0x100000003, physical CPU 42)")]
    [InlineData(KvmExitReason.KVM_EXIT_ARM_NISV, "KVM_EXIT_ARM_NISV (address 0x2a, syndrome 0x100000003)")]
    [InlineData(KvmExitReason.KVM_EXIT_MEMORY_FAULT, "KVM_EXIT_MEMORY_FAULT (address 0x2a, 0 bytes, shared)")]
    [InlineData(KvmExitReason.KVM_EXIT_DEBUG, "KVM_EXIT_DEBUG (syndrome 0x3, address 0x2a)")]
    [InlineData(KvmExitReason.KVM_EXIT_ARM_SEA, "KVM_EXIT_ARM_SEA (syndrome 0x2a, address 0x0)")]
    [InlineData(KvmExitReason.KVM_EXIT_UNKNOWN, "KVM_EXIT_UNKNOWN (hardware reason 0x100000003)")]
    [InlineData(KvmExitReason.KVM_EXIT_WATCHDOG, "KVM_EXIT_WATCHDOG")]
    [InlineData((KvmExitReason)4711, "KvmExitReason 4711")]
    public void An_exit_is_described_with_its_values(KvmExitReason reason, string text)
    {
        kvm_run page = new() { exit_reason = (uint)reason };
        // The union's first two words: a type of 3 with one word of data, or two 64-bit values.
        page.system_event.type = 3;
        page.system_event.ndata = 1;
        page.system_event.data[0] = 42;

        Assert.Equal(text, new KvmRun(&page).Describe());
    }

    [Fact]
    public void Immediate_exit_is_the_byte_the_kernel_reads()
    {
        kvm_run page = default;
        KvmRun run = new(&page);
        run.ImmediateExit = true;

        Assert.Equal(1, page.immediate_exit);
        Assert.True(run.ImmediateExit);
    }
}
