using Kvm.Interop;

namespace HostProbe;

/// <summary>Interfaces of the vCPU before it runs.</summary>
internal static class VcpuChecks
{
    internal static void Run(CheckList checks, ProbeVm probe, bool isProtected)
    {
        KvmVcpu vcpu = probe.Vcpu;
        checks.Check("registers", () =>
        {
            CheckList.Equal(ProbeVm.MemoryBase, vcpu.GetOneReg(OneReg.Pc), "PC");
            CheckList.Equal(ProbeVm.MmioBase, vcpu.GetOneReg(OneReg.X(0)), "X0");
            vcpu.SetOneReg(OneReg.Fpcr, 0x0300_0000);
            CheckList.Equal(0x0300_0000UL, vcpu.GetOneReg(OneReg.Fpcr), "FPCR");
            vcpu.SetOneReg128(OneReg.V(31), new UInt128(1, 2));
            CheckList.Equal(new UInt128(1, 2), vcpu.GetOneReg128(OneReg.V(31)), "V31");
            return $"PSTATE 0x{vcpu.GetOneReg(OneReg.PState):x}, MPIDR 0x{vcpu.GetOneReg(OneReg.MpidrEl1):x}, "
                + $"MIDR 0x{vcpu.GetOneReg(OneReg.MidrEl1):x}, PSCI 0x{vcpu.GetOneReg(OneReg.KVM_REG_ARM_PSCI_VERSION):x}";
        });
        checks.Check("firmware features", () =>
            $"standard 0x{vcpu.GetOneReg(OneReg.KVM_REG_ARM_STD_BMAP):x}, hypervisor 0x{vcpu.GetOneReg(OneReg.KVM_REG_ARM_STD_HYP_BMAP):x}, "
            + $"KVM 0x{vcpu.GetOneReg(OneReg.KVM_REG_ARM_VENDOR_HYP_BMAP):x}");
        checks.Check("register list", () =>
        {
            ulong[] list = vcpu.GetRegList();
            CheckList.Equal(true, list.Contains(OneReg.Pc) && list.Contains(OneReg.MpidrEl1) && list.Contains(OneReg.KVM_REG_ARM_TIMER_CVAL), "list complete");
            return $"{list.Length} registers";
        });
        checks.Check("a register that is not there", () =>
        {
            CheckList.Equal(false, vcpu.TryGetOneReg(OneReg.SystemRegister(3, 7, 15, 15, 7), out _), "found");
            return "ENOENT is told apart";
        });
        checks.Refused("a wrong feature set", () => vcpu.Init(probe.Vm.PreferredTarget(), (VcpuFeatures)(1u << 31)), Errno.ENOENT, Errno.EINVAL);
        checks.Check("mp-state", () =>
        {
            vcpu.MpState = KvmMpState.KVM_MP_STATE_STOPPED;
            CheckList.Equal(KvmMpState.KVM_MP_STATE_STOPPED, vcpu.MpState, "state");
            vcpu.MpState = KvmMpState.KVM_MP_STATE_RUNNABLE;
            CheckList.Equal(KvmMpState.KVM_MP_STATE_RUNNABLE, vcpu.MpState, "state");
            return "stopped and made runnable";
        });
        checks.Check("timer interrupts", () =>
        {
            vcpu.SetTimerIrqs(27, 30);
            return "27 and 30";
        });
        if (!isProtected)
        {
            CheckFeatures(checks, probe.System);
        }
    }

    /// <summary>PMU and SVE, which only a normal VM may have, on a VM of their own.</summary>
    private static void CheckFeatures(CheckList checks, KvmSystem system)
    {
        checks.CheckIf(system.CheckExtension(KvmCapability.KVM_CAP_ARM_SVE) > 0, "SVE", "the host has none", () =>
        {
            using KvmVm vm = system.CreateVm(default);
            using KvmVcpu vcpu = vm.CreateVcpu(0);
            vcpu.Init(vm.PreferredTarget(), VcpuFeatures.Psci02 | VcpuFeatures.Sve);
            Span<byte> lengths = stackalloc byte[64];
            vcpu.GetOneReg(OneReg.KVM_REG_ARM64_SVE_VLS, lengths);
            vcpu.SetOneReg(OneReg.KVM_REG_ARM64_SVE_VLS, lengths);
            vcpu.Finalize(VcpuFeatures.Sve);
            return $"vector lengths 0x{BitConverter.ToUInt64(lengths):x}, finalized";
        });
        checks.CheckIf(system.CheckExtension(KvmCapability.KVM_CAP_ARM_PMU_V3) > 0, "PMU", "the host has none", () =>
        {
            using ProbeVm other = new(isProtected: false, GuestCode.Spin);
            using KvmVm vm = system.CreateVm(default);
            using KvmVcpu vcpu = vm.CreateVcpu(0);
            vcpu.Init(vm.PreferredTarget(), VcpuFeatures.Psci02 | VcpuFeatures.PmuV3);
            using Kvm.Interop.Interrupts.VgicV3 gic = Kvm.Interop.Interrupts.VgicV3.Create(vm);
            gic.SetIrqCount(64);
            gic.SetDistributor(new(ProbeVm.DistributorBase));
            gic.SetRedistributorRegion(new(ProbeVm.DistributorBase - 0x40000), count: 2, index: 0);
            gic.Initialize();
            CheckList.Equal(true, vcpu.HasPmu, "PMU attribute");
            CheckList.Equal(false, other.Vcpu.HasPmu, "PMU attribute without the feature");
            vcpu.InitPmu(23);
            return $"interrupt 23; stolen time {(vcpu.HasPvTime ? "can" : "cannot")} be told";
        });
    }
}
