using Kvm.Interop;
using Kvm.Interop.Events;
using Kvm.Interop.Interrupts;
using Kvm.Interop.Memory;
using Virtio;
using Vmm.Configuration;
using Vmm.Devices;
using Vmm.Devices.Serial;
using Vmm.Logging;
using Vmm.Machine.Virtio;

namespace Vmm.Machine;

/// <summary>The devices at fixed addresses and those of the PCI bus.</summary>
internal sealed class MachineDevices
{
    // Where a firmware says why it refuses. Source: AVF, guest/pvmfw/src/main.rs: the second UART.
    private const int FirmwarePort = 2;

    /// <summary>Makes the devices and wires their interrupts.</summary>
    /// <param name="vm">The VM, with its GIC initialized.</param>
    /// <param name="memory">The guest's memory.</param>
    /// <param name="plan">Where they go.</param>
    /// <param name="disks">The disks, their files open.</param>
    /// <param name="end">Told when the stall detector gives a vCPU up.</param>
    /// <param name="guestTime">How long a vCPU has run in the guest; null where the host cannot tell.</param>
    /// <param name="resources">Takes them over.</param>
    public MachineDevices(
        KvmVm vm, GuestMemory memory, MachinePlan plan, BlockDevices disks, EndOfVm end, Func<int, TimeSpan?> guestTime, OwnedResources resources)
    {
        var bus = new MmioBusBuilder();
        Loop = resources.Own(new EventLoop("devices", error => Log.Write(LogLevel.Error, "devices", $"{error.Message}")));
        AddSerial(bus, vm, plan.Config, end, resources);
        if (plan.Config.Rtc)
        {
            var rtc = new Pl030Rtc(IrqLine.Spi(vm, (int)InterruptLayout.RtcSpi), Loop.Time);
            bus.Add("real-time clock", Arm64Layout.Rtc, resources.Own(rtc));
        }

        IInterruptLine[] stalls =
        [
            .. Enumerable.Range(0, plan.Config.CpuCount).Select(vcpu => EdgePpi.Of(vm, vcpu, (int)InterruptLayout.StallDetectorPpi)),
        ];
        var detector = new StallDetector(
            stalls,
            guestTime,
            vcpu => end.Report(new VmExit(VmExitReason.Watchdog, $"vCPU {vcpu} has stalled: its guest stopped feeding the stall detector")),
            Loop.Time);
        bus.Add("stall detector", Arm64Layout.StallDetector, resources.Own(detector));
        var context = new DeviceContext(plan.Config, vm, memory, disks, Loop, resources) { Quit = () => end.Report(new VmExit(VmExitReason.Stop)) };
        AddPci(bus, context, plan.Layout);
        WaitingLoops = context.WaitingLoops;
        Bus = bus.Build(access => Log.Write(LogLevel.Debug, "bus", $"{access}"));
    }

    /// <summary>Answers the guest's MMIO.</summary>
    public MmioBus Bus { get; }

    /// <summary>Serves the devices' descriptors and timers; not started.</summary>
    public EventLoop Loop { get; }

    /// <summary>The virtio devices in the order of their places.</summary>
    public IReadOnlyList<IVirtioDevice> Virtio { get; private set; } = [];

    /// <summary>What the firmware says on the second UART; null where none runs.</summary>
    public FirmwareReason? Reason { get; private set; }

    /// <summary>Serve devices that have to wait for other processes; not started.</summary>
    public IReadOnlyList<EventLoop> WaitingLoops { get; }

    /// <summary>The first and third UART share an interrupt, the second and fourth another; each shared wire is one irqfd.</summary>
    private void AddSerial(MmioBusBuilder bus, KvmVm vm, VmConfig config, EndOfVm end, OwnedResources resources)
    {
        var wires = new Dictionary<uint, IInterruptLine>();
        IInterruptLine Wire(int port)
        {
            uint spi = InterruptLayout.SerialSpi(port - 1);
            if (!wires.TryGetValue(spi, out IInterruptLine? wire))
            {
                EventFd trigger = resources.Own(new EventFd("serial interrupt"));
                vm.RegisterIrqFd(spi, trigger);
                wires.Add(spi, wire = new IrqFdLine(trigger));
            }

            return wire;
        }

        SerialPorts ports = resources.Own(SerialPorts.Open(
            config.Serial,
            Loop,
            Wire,
            quit: () => end.Report(new VmExit(VmExitReason.Stop)),
            report: line => Log.Write(LogLevel.Info, "serial", $"{line}"),
            output: (port, sink) => port == FirmwarePort && config.RunsFirmware ? Reason = new FirmwareReason(sink) : sink));
        for (int i = 0; i < SerialPorts.Count; i++)
        {
            bus.Add($"serial {i + 1}", new AddressRange(Arm64Layout.SerialAddresses[i], Arm64Layout.SerialSize), ports.Uarts[i]);
        }
    }

    private void AddPci(MmioBusBuilder bus, DeviceContext context, GuestLayout layout)
    {
        PciHost pci = PciBus.Create(context, layout, out IReadOnlyList<IVirtioDevice> devices);
        Virtio = devices;
        bus.Add("PCI configuration", layout.PciCam, pci.ConfigurationWindow);
        bus.Add("PCI memory, 32-bit", layout.PciMem, pci.LowWindow);
        bus.Add("PCI memory, 64-bit", layout.PciHighMem, pci.HighWindow);
    }
}
