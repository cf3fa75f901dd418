using Kvm.Interop;
using Virtio;
using Virtio.Pci;
using Vmm.Devices;
using Vmm.Logging;

namespace Vmm.Machine;

/// <summary>The machine's PCI bus: the host bridge, then the virtio devices at device numbers from 1 without a gap.</summary>
internal static class PciBus
{
    /// <summary>Makes bus and devices.</summary>
    /// <param name="context">What devices are made from.</param>
    /// <param name="layout">Where the windows lie.</param>
    /// <param name="devices">The virtio devices; they belong to the bus.</param>
    /// <exception cref="Outcome.VmmException">A device's back end cannot be opened.</exception>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public static PciHost Create(DeviceContext context, GuestLayout layout, out IReadOnlyList<IVirtioDevice> devices)
    {
        var host = new PciHost(layout.PciMem, layout.PciHighMem);
        host.Add(device: 0, new PciHostBridge());
        devices = VirtioDevices.Create(context);
        Queue<IVirtioDevice> unplugged = new(devices);
        try
        {
            var routes = new GsiRoutes(context.Vm);
            var lines = new Dictionary<uint, IntxLine>();
            for (int number = 1; unplugged.TryPeek(out IVirtioDevice? device); number++)
            {
                IntxLine? line = Line(lines, context, InterruptLayout.PciSpi(number));
                var function = new VirtioPciFunction(
                    device,
                    context.Memory,
                    context.UsesPlatformAccess,
                    new PciWiring(context.Vm, routes, PciHost.DeviceId(number)),
                    line,
                    context.Loop,
                    message => Log.Write(LogLevel.Warn, "virtio", $"{message}"));
                unplugged.Dequeue();
                context.Resources.Own(function);
                if (line is not null)
                {
                    function.Configuration.SetInterrupt(pin: 1, (byte)InterruptLayout.PciSpi(number));
                }

                host.Add(number, function);
            }

            return host;
        }
        finally
        {
            while (unplugged.TryDequeue(out IVirtioDevice? device))
            {
                device.Dispose();
            }
        }
    }

    private static IntxLine? Line(Dictionary<uint, IntxLine> lines, DeviceContext context, uint spi)
    {
        if (!context.Config.VirtioIntx)
        {
            return null;
        }

        if (!lines.TryGetValue(spi, out IntxLine? line))
        {
            line = context.Resources.Own(new IntxLine(context.Loop, $"INTx on SPI {spi}"));
            context.Vm.RegisterIrqFd(spi, line.Trigger, line.Resample);
            lines.Add(spi, line);
        }

        return line;
    }
}
