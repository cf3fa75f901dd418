namespace Vmm.Machine;

/// <summary>The KVM_ARM_VCPU_INIT features of every vCPU of a machine; POWER_OFF comes on top for all but the boot vCPU.</summary>
/// <param name="Pmu">Performance monitors.</param>
/// <param name="Sve">The Scalable Vector Extension.</param>
/// <param name="PointerAuthentication">Address and generic keys.</param>
/// <param name="PvTime">Stolen-time records.</param>
public readonly record struct CpuFeatures(bool Pmu, bool Sve, bool PointerAuthentication, bool PvTime)
{
    /// <summary>What the options ask for and the host has. A protected VM is refused a PMU, SVE and stolen time by the hypervisor.</summary>
    public static CpuFeatures Choose(Configuration.VmConfig config, HostCapabilities host)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(host);
        bool normal = !config.IsProtected;
        return new CpuFeatures(
            Pmu: normal && config.Pmu && host.Pmu,
            Sve: normal && config.Sve == Configuration.SveMode.Auto && host.Sve,
            PointerAuthentication: host.PointerAuthentication,
            PvTime: normal && host.PvTime);
    }
}
