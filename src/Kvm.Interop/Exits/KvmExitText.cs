namespace Kvm.Interop.Exits;

/// <summary>The text of an exit for errors and logs.</summary>
internal static class KvmExitText
{
    internal static string Describe(KvmRun run)
    {
        KvmExitReason reason = run.ExitReason;
        return reason switch
        {
            KvmExitReason.KVM_EXIT_UNKNOWN => $"{Name(reason)} (hardware reason 0x{run.HardwareExitReason:x})",
            KvmExitReason.KVM_EXIT_MMIO => Mmio(run.Mmio),
            KvmExitReason.KVM_EXIT_SYSTEM_EVENT => $"{Name(reason)} ({Name(run.SystemEvent.Type)}{Words(run.SystemEvent.Data)})",
            KvmExitReason.KVM_EXIT_HYPERCALL =>
                $"{Name(reason)} ({(run.Hypercall.IsSmc ? "SMC" : "HVC")}, function 0x{run.Hypercall.Function:x8})",
            KvmExitReason.KVM_EXIT_FAIL_ENTRY =>
                $"{Name(reason)} (reason 0x{run.FailEntry.Reason:x}, physical CPU {run.FailEntry.Cpu})",
            KvmExitReason.KVM_EXIT_INTERNAL_ERROR => $"{Name(reason)} ({Name(run.InternalError.Code)}{Words(run.InternalError.Data)})",
            KvmExitReason.KVM_EXIT_ARM_NISV or KvmExitReason.KVM_EXIT_ARM_LDST64B =>
                $"{Name(reason)} (address 0x{run.ArmNisv.FaultIpa:x}, syndrome 0x{run.ArmNisv.EsrIss:x})",
            KvmExitReason.KVM_EXIT_MEMORY_FAULT =>
                $"{Name(reason)} (address 0x{run.MemoryFault.GuestPhysicalAddress:x}, {run.MemoryFault.Size} bytes, "
                + $"{(run.MemoryFault.IsPrivate ? "private" : "shared")})",
            KvmExitReason.KVM_EXIT_DEBUG => $"{Name(reason)} (syndrome 0x{run.Debug.Syndrome:x}, address 0x{run.Debug.FaultAddress:x})",
            KvmExitReason.KVM_EXIT_ARM_SEA => $"{Name(reason)} (syndrome 0x{run.ArmSea.Esr:x}, address 0x{run.ArmSea.GuestVirtualAddress:x})",
            _ => Name(reason),
        };
    }

    /// <summary>The header's name of a value, or its number where this program has none for it.</summary>
    internal static string Name<T>(T value)
        where T : struct, Enum => Enum.GetName(value) ?? $"{typeof(T).Name} {value:D}";

    private static string Mmio(MmioExit exit) =>
        $"{Name(KvmExitReason.KVM_EXIT_MMIO)} ({(exit.IsWrite ? "store" : "load")} of {exit.Data.Length} bytes at 0x{exit.PhysicalAddress:x})";

    private static string Words(ReadOnlySpan<ulong> words)
    {
        string text = "";
        foreach (ulong word in words)
        {
            text += $" 0x{word:x}";
        }

        return text.Length == 0 ? text : $", data{text}";
    }
}
