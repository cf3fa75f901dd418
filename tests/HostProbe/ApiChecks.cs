using Kvm.Interop;
using Kvm.Interop.Events;
using Kvm.Interop.Exits;
using Kvm.Interop.Interrupts;
using Kvm.Interop.Memory;

namespace HostProbe;

/// <summary>Every interface of the library once.</summary>
internal static class ApiChecks
{
    internal static void Run(CheckList checks, bool isProtected)
    {
        checks.Check("system", () =>
        {
            using KvmSystem system = KvmSystem.Open();
            CheckList.Equal(true, system.MaxIpaBits is 0 or (>= 32 and <= 52), "MaxIpaBits between 32 and 52");
            return $"{system.MaxIpaBits} address bits, {system.CheckExtension(KvmCapability.KVM_CAP_MAX_VCPUS)} vCPUs, "
                + $"{system.VcpuMmapSize} bytes shared with each";
        });
        CheckCreation(checks, isProtected);
        using ProbeVm probe = new(isProtected, GuestCode.StoreLoadOff);
        VmChecks.Run(checks, probe, isProtected);
        VcpuChecks.Run(checks, probe, isProtected);
        CheckGuest(checks, probe);
        checks.CheckIf(isProtected, "memory slots are frozen after the first run", "a normal VM's can change", () =>
        {
            try
            {
                probe.Vm.SetUserMemoryRegion(0, KvmMemoryRegionFlags.None, new(ProbeVm.MemoryBase), 0, 0);
            }
            catch (LinuxException e) when (e.Errno == Errno.EPERM)
            {
                return e.Message;
            }

            throw new InvalidOperationException("the slot was taken away");
        });
    }

    private static void CheckCreation(CheckList checks, bool isProtected)
    {
        using KvmSystem system = KvmSystem.Open();
        if (!isProtected)
        {
            // A host in protected mode gives every VM the same width, whatever it asks for.
            checks.Refused("too many address bits", () => system.CreateVm(new KvmVmType(60)).Dispose(), Errno.EINVAL);
        }

        checks.Check("GICv2", () =>
        {
            using KvmVm vm = system.CreateVm(default);
            if (!vm.SupportsDevice(KvmDeviceType.KVM_DEV_TYPE_ARM_VGIC_V2))
            {
                try
                {
                    VgicV2.Create(vm).Dispose();
                }
                catch (LinuxException e) when (e.Errno == Errno.ENODEV)
                {
                    return e.Message;
                }

                throw new InvalidOperationException("created although it is not supported");
            }

            using KvmVcpu vcpu = vm.CreateVcpu(0);
            using VgicV2 gic = VgicV2.Create(vm);
            gic.SetIrqCount(64);
            gic.SetDistributor(new(0x3fff_0000));
            gic.SetCpuInterface(new(0x3ffd_0000));
            gic.Initialize();
            return "created and initialized";
        });
    }

    /// <summary>A guest that stores, loads and powers off, with an ioeventfd under its first store.</summary>
    private static void CheckGuest(CheckList checks, ProbeVm probe)
    {
        using EventFd doorbell = new("doorbell");
        GuestAddress address = new(ProbeVm.MmioBase);
        checks.Check("ioeventfd is registered", () =>
        {
            probe.Vm.RegisterIoEventFd(doorbell, new(ProbeVm.MmioBase + 16), 8, 0xbad);
            probe.Vm.RegisterIoEventFd(doorbell, address, 8, 0x1234);
            probe.Vm.UnregisterIoEventFd(doorbell, new(ProbeVm.MmioBase + 16), 8, 0xbad);
            return "two made, one taken back";
        });
        checks.Refused("ioeventfd twice", () => probe.Vm.RegisterIoEventFd(doorbell, address, 8, 0x1234), Errno.EEXIST);
        checks.Check("a load exits, the matched store before it does not", () =>
        {
            CheckList.Equal(KvmRunResult.Exit, Next(probe), "result");
            MmioExit mmio = probe.Vcpu.RunPage.Mmio;
            CheckList.Equal(ProbeVm.MmioBase + 8, mmio.PhysicalAddress, "address");
            CheckList.Equal(false, mmio.IsWrite, "direction");
            CheckList.Equal(8, mmio.Data.Length, "length");
            BitConverter.TryWriteBytes(mmio.Data, 0x1122334455667788UL);
            CheckList.Equal(true, doorbell.TryConsume(out ulong count), "doorbell rung");
            CheckList.Equal(1UL, count, "doorbell's count");
            return probe.Vcpu.RunPage.Describe();
        });
        checks.Check("immediate_exit completes the load and interrupts", () =>
        {
            KvmRun page = probe.Vcpu.RunPage;
            page.ImmediateExit = true;
            CheckList.Equal(KvmRunResult.Interrupted, probe.Vcpu.Run(), "result");
            page.ImmediateExit = false;
            return "KVM_RUN came back at once";
        });
        checks.Check("the guest stores what it loaded", () =>
        {
            CheckList.Equal(KvmRunResult.Exit, Next(probe), "result");
            MmioExit mmio = probe.Vcpu.RunPage.Mmio;
            CheckList.Equal(ProbeVm.MmioBase + 16, mmio.PhysicalAddress, "address");
            CheckList.Equal(true, mmio.IsWrite, "direction");
            CheckList.Equal(0x1122334455667788UL, BitConverter.ToUInt64(mmio.Data), "value");
            return probe.Vcpu.RunPage.Describe();
        });
        checks.Check("PSCI SYSTEM_OFF is a system event", () =>
        {
            CheckList.Equal(KvmRunResult.Exit, Next(probe), "result");
            CheckList.Equal(KvmExitReason.KVM_EXIT_SYSTEM_EVENT, probe.Vcpu.RunPage.ExitReason, "reason");
            CheckList.Equal(KvmSystemEventType.KVM_SYSTEM_EVENT_SHUTDOWN, probe.Vcpu.RunPage.SystemEvent.Type, "type");
            return probe.Vcpu.RunPage.Describe();
        });
    }

    /// <summary>Runs until something happens: the runtime's signals may interrupt it.</summary>
    private static KvmRunResult Next(ProbeVm probe)
    {
        KvmRunResult result;
        do
        {
            result = probe.Vcpu.Run();
        }
        while (result != KvmRunResult.Exit);

        return result;
    }
}
