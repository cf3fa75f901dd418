namespace Kvm.Interop.Interrupts;

/// <summary>A private interrupt of one vCPU that the guest takes as edge-triggered: each <see cref="Raise"/> is one rising edge.</summary>
/// <remarks>An irqfd reaches SPIs only, so the edge is made with KVM_IRQ_LINE: up and down again.</remarks>
public sealed class EdgePpi : IInterruptLine
{
    private readonly IrqLine _line;

    private EdgePpi(IrqLine line) => _line = line;

    /// <summary>A private line of one vCPU.</summary>
    /// <param name="vm">The VM.</param>
    /// <param name="vcpuIndex">Which vCPU.</param>
    /// <param name="ppi">Which PPI, counted from 0 as in the device tree (INTID - 16).</param>
    public static EdgePpi Of(KvmVm vm, int vcpuIndex, int ppi) => new(IrqLine.Ppi(vm, vcpuIndex, ppi));

    /// <inheritdoc/>
    public void Raise()
    {
        _line.Raise();
        _line.Lower();
    }

    /// <inheritdoc/>
    public void Lower()
    {
        // An edge has no level to take back.
    }
}
