using Kvm.Interop;
using Kvm.Interop.Events;
using Kvm.Interop.Interrupts;

namespace HostProbe;

/// <summary>Interfaces of the VM before it runs.</summary>
internal static class VmChecks
{
    private const ulong ItsBase = 0x4000_0000;

    internal static void Run(CheckList checks, ProbeVm probe, bool isProtected)
    {
        KvmVm vm = probe.Vm;
        checks.Check("capabilities of the VM", () =>
            string.Join(", ", Enum.GetValues<KvmCapability>().Where(c => vm.CheckExtension(c) > 0).Select(c => $"{c.ToString()[8..]}={vm.CheckExtension(c)}")));
        checks.Refused(
            "a slot that overlaps", () => vm.SetUserMemoryRegion(7, default, new(ProbeVm.MemoryBase), 0x1000, HostAddress(probe)), Errno.EEXIST);
        checks.Refused("a second GIC", () => VgicV3.Create(vm).Dispose(), Errno.EEXIST);
        checks.Refused("a vCPU that exists", () => vm.CreateVcpu(0).Dispose(), Errno.EEXIST);
        checks.Refused("a vCPU beyond the limit", () => vm.CreateVcpu(100_000).Dispose(), Errno.EINVAL);
        checks.Check("ITS", () =>
        {
            using VgicIts its = VgicIts.Create(vm);
            its.SetAddress(new(ItsBase));
            its.Initialize();
            its.Reset();
            return $"created, initialized and reset; message delivered to nobody: {vm.SignalMsi(ItsBase + VgicIts.TranslaterOffset, 3, 8)}";
        });
        checks.Check("interrupt lines", () =>
        {
            IrqLine spi = IrqLine.Spi(vm, 7);
            spi.Raise();
            spi.Lower();
            IrqLine ppi = IrqLine.Ppi(vm, 0, 15);
            ppi.Raise();
            ppi.Lower();
            return "SPI 7 and PPI 15 raised and lowered";
        });
        checks.Refused("a line that does not exist", () => vm.SetIrqLine(KvmIrqType.KVM_ARM_IRQ_TYPE_SPI, 0, 200, true), Errno.EINVAL);
        checks.Check("GSI routing and irqfds", () =>
        {
            IrqRoute[] routes = [.. Enumerable.Range(0, 32).Select(i => IrqRoute.ToPin((uint)i, (uint)i)), IrqRoute.ToMsi(40, ItsBase + 0x10040, 1, 8)];
            vm.SetGsiRouting(routes);
            using EventFd edge = new("edge");
            using EventFd level = new("level");
            using EventFd resample = new("resample");
            vm.RegisterIrqFd(4, edge);
            vm.RegisterIrqFd(5, level, resample);
            vm.RegisterIrqFd(40, new EventFd("message"));
            new IrqFdLine(edge).Raise();
            vm.UnregisterIrqFd(4, edge);
            vm.UnregisterIrqFd(5, level);
            return $"{routes.Length} routes; edge, level and message irqfd made";
        });
        CheckOptions(checks, vm, isProtected);
    }

    /// <summary>What a kernel may have and a protected VM refuses.</summary>
    private static void CheckOptions(CheckList checks, KvmVm vm, bool isProtected)
    {
        if (isProtected)
        {
            checks.Refused("a capability of a protected VM", () => vm.EnableCapability(KvmCapability.KVM_CAP_ARM_NISV_TO_USER), Errno.EINVAL);
            checks.Refused("an SMCCC filter of a protected VM", () => Filter(vm), Errno.EINVAL, Errno.EPERM, Errno.ENXIO);
            return;
        }

        checks.Check("NISV_TO_USER is enabled", () =>
        {
            vm.EnableCapability(KvmCapability.KVM_CAP_ARM_NISV_TO_USER);
            return $"{vm.CheckExtension(KvmCapability.KVM_CAP_ARM_NISV_TO_USER)}";
        });
        checks.CheckIf(vm.HasDeviceAttr(0, 0), "SMCCC filter", "the kernel has none", () =>
        {
            Filter(vm);
            return "TRNG calls go to user space";
        });
        checks.CheckIf(vm.CheckExtension(KvmCapability.KVM_CAP_COUNTER_OFFSET) > 0, "counter offset", "the kernel has none", () =>
        {
            vm.SetCounterOffset(1_000_000);
            return "1000000 ticks";
        });
    }

    private static void Filter(KvmVm vm) => vm.SetSmcccFilter(0x8400_0050, 4, KvmSmcccFilterAction.KVM_SMCCC_FILTER_FWD_TO_USER);

    private static unsafe nint HostAddress(ProbeVm probe) => (nint)probe.Memory.Regions[0].Mapping.Pointer;
}
