using Kvm.Interop;
using Kvm.Interop.Memory;
using Vmm.CommandLine;
using Vmm.Configuration;
using Vmm.Logging;
using Vmm.Machine.Virtio;

namespace Vmm.Machine;

/// <summary>Builds a machine in the order that KVM asks for. What was taken up to a failure is given back.</summary>
/// <remarks>
/// Memory before vCPUs run; vCPUs before the GIC is initialized; the GIC before the PMU; all memory slots before the first run, because a
/// protected VM takes none later.
/// </remarks>
internal sealed class MachineBuilder
{
    // D, A, I and F masked, EL1 with its own stack pointer. Source: Linux, Documentation/arch/arm64/booting.rst; crosvm, aarch64/src/lib.rs.
    private const ulong BootPstate = 0x3c5;
    private const uint FirstSlot = 0;

    private readonly VmConfig _config;
    private readonly PhaseTrace? _trace;
    private readonly OwnedResources _resources;

    private MachineBuilder(VmConfig config, PhaseTrace? trace, OwnedResources resources)
    {
        _config = config;
        _trace = trace;
        _resources = resources;
    }

    private bool IsProtected => _config.IsProtected;

    /// <summary>Builds it.</summary>
    /// <exception cref="Outcome.VmmException">A file, an option or the host stands in the way.</exception>
    /// <exception cref="LinuxException">The kernel refused something.</exception>
    public static MachineParts Build(VmConfig config, PhaseTrace? trace)
    {
        var resources = new OwnedResources();
        try
        {
            return new MachineBuilder(config, trace, resources).Build();
        }
        catch
        {
            resources.Dispose();
            throw;
        }
    }

    private MachineParts Build()
    {
        using GuestFiles files = GuestFiles.Open(_config);
        BlockDevices disks = _resources.Own(BlockDevices.Open(_config));
        _trace?.Done("files open");
        KvmSystem kvm = _resources.Own(KvmSystem.Open());
        int ipaBits = KvmProbe.ChooseIpaBits(kvm, _config);
        if (IsProtected)
        {
            LockedMemory.Require((_config.MemoryMib << 20) + (_config.RunsFirmware ? Arm64Layout.Firmware.Size : 0));
        }

        KvmVm vm = kvm.CreateVm(new KvmVmType(ipaBits, IsProtected));
        HostCapabilities host;
        AddressRange ram;
        GuestMemory memory;
        try
        {
            host = KvmProbe.Ask(kvm, vm, ipaBits);
            ram = GuestLayout.PlanRam(_config, host);
            memory = CreateMemory(ram, CpuFeatures.Choose(_config, host));
        }
        finally
        {
            // Taken over after the memory, so that the VM is gone before its memory is unmapped.
            _resources.Own(vm);
        }

        vm.SetGuestMemory(FirstSlot, memory);
        _trace?.Done("VM created");
        Span<byte> Window(ulong address) => memory.GetSpan(new GuestAddress(address), (int)Math.Min(ram.End - address, int.MaxValue));
        PlacedKernel? placed = files.Kernel.TryPlace(_config, ram);
        PlacedKernel kernel = placed ?? files.Kernel.LoadInto(_config, ram, Window);
        MachinePlan plan = MachinePlan.Make(_config, host, kernel, files.InitrdSize, VirtioDevices.Count(_config));
        using BesideWork loading = new("guest files", () =>
        {
            if (placed is not null)
            {
                _ = files.Kernel.LoadInto(_config, ram, Window);
            }

            if (plan.Layout.Initrd is { } initrd)
            {
                files.LoadInitrd(initrd, Window);
            }
        });
        if (files.Firmware is { } firmware)
        {
            firmware.LoadInto(memory.GetSpan(new GuestAddress(Arm64Layout.Firmware.Start), (int)Arm64Layout.FirmwareImageSize));
        }

        KvmVcpu[] vcpus = CreateVcpus(vm, plan);
        InterruptController.Create(vm, plan, _resources);
        FinishVcpus(vcpus, plan);
        _trace?.Done("vCPUs and interrupt controller created");

        var end = _resources.Own(new EndOfVm());
        var gate = new RunGate(vcpus.Length);
        var threads = new VcpuThread[vcpus.Length];
        var devices = new MachineDevices(vm, memory, plan, disks, end, vcpu => threads[vcpu].GuestTime, _resources);
        for (int i = 0; i < vcpus.Length; i++)
        {
            Action? firstRun = i == 0 && _trace is { } trace ? () => trace.Done("first KVM_RUN") : null;
            threads[i] = new VcpuThread(vcpus[i], i, gate, devices.Bus, end, firstRun);
        }

        _trace?.Done("devices created");
        byte[] tree = plan.WriteDeviceTree(BootSeeds.Draw(), files.Overlays);
        PlaceDeviceTree(memory, plan, tree);
        SetBootRegisters(vcpus[0], plan.Layout);
        _trace?.Done("device tree in memory");
        loading.Join();
        _trace?.Done($"kernel ({files.Kernel.Kind}) and initrd in memory");
        return new MachineParts(_resources, plan, memory, threads, gate, end, devices.Loop, devices.WaitingLoops, devices.Virtio, disks, devices.Reason);
    }

    private GuestMemory CreateMemory(AddressRange ram, CpuFeatures features)
    {
        List<GuestRange> ranges = [Range(ram)];
        if (features.PvTime)
        {
            ranges.Add(Range(Arm64Layout.PvTime));
        }

        if (_config.RunsFirmware)
        {
            ranges.Add(Range(Arm64Layout.Firmware));
        }

        // A forked child of a protected VM's process would fault on its private pages.
        MappingOptions options = MappingOptions.DontDump | MappingOptions.DontFork;
        if (_config.Hugepages)
        {
            options |= MappingOptions.HugePages;
        }

        GuestMemoryBacking backing = _config.SharesMemory ? GuestMemoryBacking.MemFd : GuestMemoryBacking.Anonymous;
        return _resources.Own(GuestMemory.Create(ranges, backing, options));
    }

    private KvmVcpu[] CreateVcpus(KvmVm vm, MachinePlan plan)
    {
        uint target = vm.PreferredTarget();
        VcpuFeatures features = VcpuFeatures.Psci02;
        features |= plan.Features.Pmu ? VcpuFeatures.PmuV3 : 0;
        features |= plan.Features.Sve ? VcpuFeatures.Sve : 0;
        features |= plan.Features.PointerAuthentication ? VcpuFeatures.PtrauthAddress | VcpuFeatures.PtrauthGeneric : 0;
        var vcpus = new KvmVcpu[_config.CpuCount];
        for (int i = 0; i < vcpus.Length; i++)
        {
            vcpus[i] = _resources.Own(vm.CreateVcpu(i));
            vcpus[i].Init(target, i == 0 ? features : features | VcpuFeatures.PowerOff);
            if (plan.Features.Sve)
            {
                vcpus[i].Finalize(VcpuFeatures.Sve);
            }
        }

        // A load or store that KVM cannot decode comes out to us, and goes back to the guest as an abort, instead of ending KVM_RUN.
        // The hypervisor of a protected VM does so by itself.
        if (!IsProtected && vm.CheckExtension(KvmCapability.KVM_CAP_ARM_NISV_TO_USER) > 0)
        {
            vm.EnableCapability(KvmCapability.KVM_CAP_ARM_NISV_TO_USER);
        }

        return vcpus;
    }

    private static void FinishVcpus(KvmVcpu[] vcpus, MachinePlan plan)
    {
        for (int i = 0; i < vcpus.Length; i++)
        {
            if (plan.Features.Pmu)
            {
                vcpus[i].InitPmu((int)(InterruptLayout.FirstPpiIntid + InterruptLayout.PmuPpi));
            }

            if (plan.Features.PvTime)
            {
                vcpus[i].SetPvTime(new GuestAddress(Arm64Layout.PvTime.Start + ((ulong)i * Arm64Layout.PvTimeRecordSize)));
            }
        }
    }

    private void PlaceDeviceTree(GuestMemory memory, MachinePlan plan, byte[] tree)
    {
        AddressRange place = plan.Layout.Fdt;
        if ((ulong)tree.Length > place.Size)
        {
            throw new LayoutException($"the device tree has {tree.Length} bytes with its overlays; the guest takes at most {place.Size}");
        }

        memory.Write(new GuestAddress(place.Start), tree);
        if (_config.DumpDeviceTreePath is { } path)
        {
            using var dump = HostFile.Create("--dump-device-tree-blob", path);
            dump.WriteAll(tree);
            Log.Write(LogLevel.Info, "fdt", $"device tree of {tree.Length} bytes written to {path}");
        }
    }

    /// <summary>
    /// x0 is the device tree; a firmware also gets x1 and x2, the kernel's place, as crosvm gives them to older ones. A protected VM's PSTATE is the
    /// hypervisor's, and is the same; of its other registers the hypervisor takes PC and x0 alone.
    /// </summary>
    private void SetBootRegisters(KvmVcpu boot, GuestLayout layout)
    {
        boot.SetOneReg(OneReg.Pc, layout.Entry);
        boot.SetOneReg(OneReg.X(0), layout.Fdt.Start);
        if (!IsProtected)
        {
            boot.SetOneReg(OneReg.PState, BootPstate);
            if (layout.Firmware is not null)
            {
                boot.SetOneReg(OneReg.X(1), layout.Kernel.Start);
                boot.SetOneReg(OneReg.X(2), layout.KernelFileSize);
            }
        }
    }

    private static GuestRange Range(AddressRange range) => new(new GuestAddress(range.Start), range.Size);
}
