namespace Kvm.Interop;

/// <summary>Numbers of a vCPU's registers for KVM_GET_ONE_REG and KVM_SET_ONE_REG (linux/kvm.h and ARM64's asm/kvm.h).</summary>
/// <remarks>A protected VM obeys only <see cref="Pc"/> and <c>X(0)</c>, and only before its first run.</remarks>
public static class OneReg
{
    private const ulong KVM_REG_ARM64 = 0x6000000000000000;
    private const ulong KVM_REG_SIZE_MASK = 0x00f0000000000000;
    private const int KVM_REG_SIZE_SHIFT = 52;
    private const ulong KVM_REG_SIZE_U32 = 0x0020000000000000;
    private const ulong KVM_REG_SIZE_U64 = 0x0030000000000000;
    private const ulong KVM_REG_SIZE_U128 = 0x0040000000000000;
    private const ulong KVM_REG_ARM_CORE = 0x0010 << 16;
    private const ulong KVM_REG_ARM64_SYSREG = 0x0013 << 16;

    // Offsets of struct kvm_regs, in bytes.
    private const int Registers = 0;
    private const int StackPointer = 248;
    private const int ProgramCounter = 256;
    private const int ProcessorState = 264;
    private const int StackPointerEl1 = 272;
    private const int ExceptionLinkEl1 = 280;
    private const int SavedState = 288;
    private const int Vectors = 336;
    private const int FloatStatus = 848;
    private const int FloatControl = 852;

    /// <summary>PSCI version that the guest sees: major in bits 31-16, minor in bits 15-0.</summary>
    public const ulong KVM_REG_ARM_PSCI_VERSION = 0x6030000000140000;

    /// <summary>State of the mitigation for Spectre variant 2.</summary>
    public const ulong KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_1 = 0x6030000000140001;

    /// <summary>State of the mitigation for Spectre variant 4.</summary>
    public const ulong KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_2 = 0x6030000000140002;

    /// <summary>State of the mitigation for Spectre-BHB.</summary>
    public const ulong KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_3 = 0x6030000000140003;

    /// <summary>Standard secure services that KVM offers, one bit each; bit 0 is TRNG 1.0.</summary>
    public const ulong KVM_REG_ARM_STD_BMAP = 0x6030000000160000;

    /// <summary>Standard hypervisor services, one bit each; bit 0 is paravirtualized time.</summary>
    public const ulong KVM_REG_ARM_STD_HYP_BMAP = 0x6030000000160001;

    /// <summary>KVM's own hypercalls, one bit each: bit 0 feature query, bit 1 PTP.</summary>
    public const ulong KVM_REG_ARM_VENDOR_HYP_BMAP = 0x6030000000160002;

    /// <summary>KVM's own hypercalls 64 to 127, one bit each.</summary>
    public const ulong KVM_REG_ARM_VENDOR_HYP_BMAP_2 = 0x6030000000160003;

    /// <summary>The SVE vector lengths that the guest may use: 512 bits, bit n for a length of 16·(n+1) bytes. Set before finalizing.</summary>
    public const ulong KVM_REG_ARM64_SVE_VLS = 0x606000000015ffff;

    /// <summary>Virtual timer: control.</summary>
    public const ulong KVM_REG_ARM_TIMER_CTL = 0x603000000013df19;

    /// <summary>Virtual timer: compare value. Its number and that of the count are exchanged in the ABI.</summary>
    public const ulong KVM_REG_ARM_TIMER_CVAL = 0x603000000013df02;

    /// <summary>Virtual timer: count. Its number and that of the compare value are exchanged in the ABI.</summary>
    public const ulong KVM_REG_ARM_TIMER_CNT = 0x603000000013df1a;

    /// <summary>Physical timer: control.</summary>
    public const ulong KVM_REG_ARM_PTIMER_CTL = 0x603000000013df11;

    /// <summary>Physical timer: compare value.</summary>
    public const ulong KVM_REG_ARM_PTIMER_CVAL = 0x603000000013df12;

    /// <summary>Physical timer: count.</summary>
    public const ulong KVM_REG_ARM_PTIMER_CNT = 0x603000000013df01;

    /// <summary>Stack pointer of EL0 (SP_EL0).</summary>
    public const ulong Sp = KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CORE | (StackPointer / 4);

    /// <summary>Program counter.</summary>
    public const ulong Pc = KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CORE | (ProgramCounter / 4);

    /// <summary>Processor state (PSTATE).</summary>
    public const ulong PState = KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CORE | (ProcessorState / 4);

    /// <summary>Stack pointer of EL1.</summary>
    public const ulong SpEl1 = KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CORE | (StackPointerEl1 / 4);

    /// <summary>Exception link register of EL1.</summary>
    public const ulong ElrEl1 = KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CORE | (ExceptionLinkEl1 / 4);

    /// <summary>Floating-point status register, 32 bits.</summary>
    public const ulong Fpsr = KVM_REG_ARM64 | KVM_REG_SIZE_U32 | KVM_REG_ARM_CORE | (FloatStatus / 4);

    /// <summary>Floating-point control register, 32 bits.</summary>
    public const ulong Fpcr = KVM_REG_ARM64 | KVM_REG_SIZE_U32 | KVM_REG_ARM_CORE | (FloatControl / 4);

    /// <summary>The vCPU's affinity, as in its device tree node.</summary>
    public static ulong MpidrEl1 { get; } = SystemRegister(3, 0, 0, 0, 5);

    /// <summary>Implementer, part and revision of the CPU.</summary>
    public static ulong MidrEl1 { get; } = SystemRegister(3, 0, 0, 0, 0);

    /// <summary>General register X0 to X30.</summary>
    public static ulong X(int number)
    {
        CheckIndex(number, 31);
        return Core(KVM_REG_SIZE_U64, Registers + (8 * number));
    }

    /// <summary>Vector register V0 to V31, 128 bits; not there on a vCPU with SVE.</summary>
    public static ulong V(int number)
    {
        CheckIndex(number, 32);
        return Core(KVM_REG_SIZE_U128, Vectors + (16 * number));
    }

    /// <summary>Saved processor state: 0 SPSR_EL1, then those of AArch32's abort, undefined, IRQ and FIQ modes.</summary>
    public static ulong Spsr(int number)
    {
        CheckIndex(number, 5);
        return Core(KVM_REG_SIZE_U64, SavedState + (8 * number));
    }

    /// <summary>An AArch64 system register by the numbers of its MRS encoding.</summary>
    public static ulong SystemRegister(int op0, int op1, int crn, int crm, int op2) =>
        KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM64_SYSREG
        | Field(op0, 14, 2) | Field(op1, 11, 3) | Field(crn, 7, 4) | Field(crm, 3, 4) | Field(op2, 0, 3);

    /// <summary>Width of a register's value in bytes, from its number.</summary>
    public static int SizeOf(ulong register) => 1 << (int)((register & KVM_REG_SIZE_MASK) >> KVM_REG_SIZE_SHIFT);

    private static ulong Core(ulong size, int offset) => KVM_REG_ARM64 | size | KVM_REG_ARM_CORE | (uint)(offset / sizeof(uint));

    private static ulong Field(int value, int shift, int width)
    {
        CheckIndex(value, 1 << width);
        return (ulong)(uint)value << shift;
    }

    private static void CheckIndex(int value, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(value);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(value, count);
    }
}
