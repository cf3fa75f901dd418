namespace Kvm.Interop.Interrupts;

/// <summary>A level-triggered interrupt set by KVM_IRQ_LINE.</summary>
/// <remarks>Repeated calls for a level that stands already are left to the kernel, which ignores them; nothing is cached that two threads could confuse.</remarks>
public sealed class IrqLine : IInterruptLine
{
    private const int FirstPpi = 16;
    private const int FirstSpi = 32;

    private readonly KvmVm _vm;
    private readonly KvmIrqType _type;
    private readonly int _vcpuIndex;
    private readonly int _number;

    private IrqLine(KvmVm vm, KvmIrqType type, int vcpuIndex, int number)
    {
        _vm = vm;
        _type = type;
        _vcpuIndex = vcpuIndex;
        _number = number;
    }

    /// <summary>A line shared by all vCPUs.</summary>
    /// <param name="vm">The VM.</param>
    /// <param name="spi">Which SPI, counted from 0 as in the device tree (INTID - 32).</param>
    public static IrqLine Spi(KvmVm vm, int spi) => new(vm, KvmIrqType.KVM_ARM_IRQ_TYPE_SPI, 0, FirstSpi + spi);

    /// <summary>A private line of one vCPU.</summary>
    /// <param name="vm">The VM.</param>
    /// <param name="vcpuIndex">Which vCPU.</param>
    /// <param name="ppi">Which PPI, counted from 0 as in the device tree (INTID - 16).</param>
    public static IrqLine Ppi(KvmVm vm, int vcpuIndex, int ppi) => new(vm, KvmIrqType.KVM_ARM_IRQ_TYPE_PPI, vcpuIndex, FirstPpi + ppi);

    /// <inheritdoc/>
    public void Raise() => _vm.SetIrqLine(_type, _vcpuIndex, _number, level: true);

    /// <inheritdoc/>
    public void Lower() => _vm.SetIrqLine(_type, _vcpuIndex, _number, level: false);
}
