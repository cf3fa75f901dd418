using Kvm.Interop;
using Vmm.Configuration;

namespace Vmm.Machine;

/// <summary>Asks a VM's descriptor what the host can give it.</summary>
internal static class KvmProbe
{
    // 40 bits hold every machine of up to about a terabyte, keep stage-2 tables one level shallower than 48 do, and are what pvmfw and a
    // protected VM can have at most.
    private const int PreferredIpaBits = 40;

    /// <summary>Bits of guest physical address that a machine of these options gets.</summary>
    public static int ChooseIpaBits(KvmSystem kvm, VmConfig config)
    {
        int most = kvm.MaxIpaBits == 0 ? PreferredIpaBits : kvm.MaxIpaBits;
        int bits = Math.Min(most, PreferredIpaBits);
        ulong end = Arm64Layout.RamStart + (config.MemoryMib << 20) + config.Compat.PlatformMmioSize;
        while (bits < most && end + (1UL << 30) > 1UL << bits)
        {
            bits++;
        }

        return bits;
    }

    /// <summary>What this VM can have.</summary>
    public static HostCapabilities Ask(KvmSystem kvm, KvmVm vm, int ipaBits)
    {
        bool Has(KvmCapability capability) => vm.CheckExtension(capability) > 0;
        bool gicV3 = vm.SupportsDevice(KvmDeviceType.KVM_DEV_TYPE_ARM_VGIC_V3);
        return new HostCapabilities
        {
            IpaBits = ipaBits,
            MaxVcpus = kvm.CheckExtension(KvmCapability.KVM_CAP_MAX_VCPUS),
            GicV3 = gicV3,
            Its = gicV3 && vm.SupportsDevice(KvmDeviceType.KVM_DEV_TYPE_ARM_VGIC_ITS),
            Pmu = Has(KvmCapability.KVM_CAP_ARM_PMU_V3),
            Sve = Has(KvmCapability.KVM_CAP_ARM_SVE),
            PointerAuthentication = Has(KvmCapability.KVM_CAP_ARM_PTRAUTH_ADDRESS) && Has(KvmCapability.KVM_CAP_ARM_PTRAUTH_GENERIC),
            PvTime = Has(KvmCapability.KVM_CAP_STEAL_TIME),
        };
    }
}
