namespace Vmm.Machine;

/// <summary>The affinity of a vCPU, as KVM sets it when the vCPU is made.</summary>
internal static class Mpidr
{
    /// <summary>
    /// Aff0 has four bits, so that a GICv3's 16-entry target list reaches a whole Aff1 cluster; Aff1 and Aff2 take the rest.
    /// Source: Linux, arch/arm64/kvm/sys_regs.c, reset_mpidr.
    /// </summary>
    /// <returns>Aff2, Aff1 and Aff0 as the device tree's <c>reg</c> has them.</returns>
    public static uint OfVcpu(int index) => (uint)((index & 0xf) | ((index >> 4 & 0xff) << 8) | ((index >> 12 & 0xff) << 16));
}
