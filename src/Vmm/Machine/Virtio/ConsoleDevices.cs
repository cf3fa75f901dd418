using Virtio;
using Virtio.Console;
using Vmm.Configuration;
using Vmm.Devices.Serial;
using Vmm.Logging;

namespace Vmm.Machine.Virtio;

/// <summary>The virtio consoles of a machine: one device with one port for each option, so that Linux has hvc0, hvc1, … in their order.</summary>
internal static class ConsoleDevices
{
    public static int Count(VmConfig config) => SerialConfig.VirtioConsoles(config.Serial).Count();

    public static void AddTo(List<IVirtioDevice> devices, DeviceContext context)
    {
        if (Count(context.Config) == 0)
        {
            return;
        }

        // Taken over before the devices are, so that they are gone when the back ends write what is left.
        SerialBackEnds backEnds = context.Resources.Own(new SerialBackEnds(context.Loop));
        int number = 0;
        foreach (SerialConfig config in SerialConfig.VirtioConsoles(context.Config.Serial))
        {
            string name = $"console hvc{number++}";
            SerialBackEnd? backEnd = backEnds.Open(config, name, context.Quit, line => Log.Write(LogLevel.Info, "serial", $"{line}"));
            var device = new ConsoleDevice(context.Loop, name, backEnd?.ConsoleOutput, backEnd?.HasSize == true);
            devices.Add(device);
            backEnd?.WatchSize(device.Resize);
            backEnd?.Attach(new ConsoleInput(device));
        }
    }
}
