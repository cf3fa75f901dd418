using Kvm.Interop;
using Kvm.Interop.Interrupts;
using Kvm.Interop.Memory;

namespace Vmm.Machine;

/// <summary>Makes the GIC that the plan asks for, once every vCPU exists.</summary>
internal static class InterruptController
{
    /// <summary>Makes and initializes it.</summary>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public static void Create(KvmVm vm, MachinePlan plan, OwnedResources resources)
    {
        var distributor = new GuestAddress(Arm64Layout.GicDistributor.Start);
        if (!plan.Host.GicV3)
        {
            VgicV2 gic = resources.Own(VgicV2.Create(vm));
            gic.SetDistributor(distributor);
            gic.SetCpuInterface(new GuestAddress(Arm64Layout.GicV2CpuInterface.Start));
            gic.SetIrqCount(InterruptLayout.IntidCount);
            gic.Initialize();
            return;
        }

        VgicV3 gicV3 = resources.Own(VgicV3.Create(vm));
        gicV3.SetDistributor(distributor);
        gicV3.SetRedistributors(new GuestAddress(Arm64Layout.GicRedistributors(plan.Config.CpuCount).Start));
        gicV3.SetIrqCount(InterruptLayout.IntidCount);
        gicV3.Initialize();
        if (plan.Its)
        {
            VgicIts its = resources.Own(VgicIts.Create(vm));
            its.SetAddress(new GuestAddress(Arm64Layout.GicIts.Start));
            its.Initialize();
        }
    }
}
