using System.Diagnostics.CodeAnalysis;
using Kvm.Interop.Exits;
using Kvm.Interop.Native.Uapi;

namespace Kvm.Interop;

/// <summary>The page that a vCPU shares with the kernel: why KVM_RUN came back, and the data of that exit (<c>struct kvm_run</c>).</summary>
/// <remarks>
/// A view of memory that the next <see cref="KvmVcpu.Run"/> rewrites: read what is needed first. Only the vCPU's own thread may use it.
/// Each exit property is meaningful only for the reason that its type names.
/// </remarks>
public readonly unsafe ref struct KvmRun
{
    private const int MaxDataWords = 16;

    private readonly kvm_run* _page;

    internal KvmRun(kvm_run* page) => _page = page;

    /// <summary>Why KVM_RUN came back.</summary>
    public KvmExitReason ExitReason => (KvmExitReason)_page->exit_reason;

    /// <summary>
    /// Makes the next KVM_RUN return as interrupted at once, after it has completed a pending MMIO load. Another thread asks for this through
    /// <see cref="KvmVcpu.Kicker"/>.
    /// </summary>
    public bool ImmediateExit
    {
        get => Volatile.Read(ref _page->immediate_exit) != 0;
        set => Volatile.Write(ref _page->immediate_exit, value ? (byte)1 : (byte)0);
    }

    /// <summary>The access of KVM_EXIT_MMIO.</summary>
    /// <exception cref="InvalidOperationException">The kernel gave a length that is not 1 to 8 bytes.</exception>
    public MmioExit Mmio
    {
        get
        {
            // Read once: the page is shared with the kernel and with every thread of this process.
            uint length = _page->mmio.len;
            if (length is 0 or > 8)
            {
                ThrowMmioLength(length);
            }

            // SAFETY: data has 8 bytes and length is at most 8; the mapping outlives the vCPU's run loop, which KvmVcpu states.
            return new MmioExit(_page->mmio.phys_addr, new Span<byte>(_page->mmio.data, (int)length), _page->mmio.is_write != 0);
        }
    }

    /// <summary>The request of KVM_EXIT_SYSTEM_EVENT.</summary>
    public SystemEventExit SystemEvent
    {
        get
        {
            // SAFETY: the array has MaxDataWords words and the count is cut to that.
            int words = (int)Math.Min(_page->system_event.ndata, MaxDataWords);
            return new SystemEventExit((KvmSystemEventType)_page->system_event.type, new ReadOnlySpan<ulong>(_page->system_event.data, words));
        }
    }

    /// <summary>The call of KVM_EXIT_HYPERCALL.</summary>
    public HypercallExit Hypercall => new(_page->hypercall.nr, _page->hypercall.flags);

    /// <summary>The reason of KVM_EXIT_FAIL_ENTRY.</summary>
    public FailEntryExit FailEntry => new(_page->fail_entry.hardware_entry_failure_reason, _page->fail_entry.cpu);

    /// <summary>The fault of KVM_EXIT_INTERNAL_ERROR.</summary>
    public InternalErrorExit InternalError
    {
        get
        {
            // SAFETY: the array has MaxDataWords words and the count is cut to that.
            int words = (int)Math.Min(_page->@internal.ndata, MaxDataWords);
            return new InternalErrorExit((KvmInternalErrorCode)_page->@internal.suberror, new ReadOnlySpan<ulong>(_page->@internal.data, words));
        }
    }

    /// <summary>The access of KVM_EXIT_ARM_NISV and of KVM_EXIT_ARM_LDST64B.</summary>
    public ArmNisvExit ArmNisv => new(_page->arm_nisv.esr_iss, _page->arm_nisv.fault_ipa);

    /// <summary>The range of KVM_EXIT_MEMORY_FAULT.</summary>
    public MemoryFaultExit MemoryFault => new(_page->memory_fault.flags, _page->memory_fault.gpa, _page->memory_fault.size);

    /// <summary>The event of KVM_EXIT_DEBUG.</summary>
    public DebugExit Debug => DebugExit.From(_page->debug.arch, _page->flags);

    /// <summary>The abort of KVM_EXIT_ARM_SEA.</summary>
    public ArmSeaExit ArmSea => new(_page->arm_sea.flags, _page->arm_sea.esr, _page->arm_sea.gva, _page->arm_sea.gpa);

    /// <summary>The hardware's code of KVM_EXIT_UNKNOWN.</summary>
    public ulong HardwareExitReason => _page->hw.hardware_exit_reason;

    /// <summary>One line for a log: the reason and every value that the kernel gave with it.</summary>
    public string Describe() => KvmExitText.Describe(this);

    [DoesNotReturn]
    private static void ThrowMmioLength(uint length) =>
        throw new InvalidOperationException($"KVM_EXIT_MMIO has a length of {length} bytes; 1 to 8 are possible");
}
