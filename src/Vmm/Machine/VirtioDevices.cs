using Virtio;
using Vmm.Configuration;
using Vmm.Machine.Virtio;

namespace Vmm.Machine;

/// <summary>The virtio devices of a machine, in crosvm's order: consoles, disks, rng, balloon, network cards, vsock, vhost-user devices.</summary>
internal static class VirtioDevices
{
    /// <summary>How many there will be: the device tree and the PCI bus are planned before any is opened.</summary>
    public static int Count(VmConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return ConsoleDevices.Count(config) + BlockDevices.Count(config) + RngDevices.Count(config) + BalloonDevices.Count(config)
            + NetDevices.Count(config) + VsockDevices.Count(config) + VhostUserDevices.Count(config);
    }

    /// <summary>Opens them; the first gets PCI device number 1. They belong to the caller.</summary>
    /// <exception cref="Outcome.VmmException">A back end cannot be opened; the message names the option.</exception>
    public static IReadOnlyList<IVirtioDevice> Create(DeviceContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        List<IVirtioDevice> devices = [];
        try
        {
            ConsoleDevices.AddTo(devices, context);
            context.Disks.AddTo(devices);
            RngDevices.AddTo(devices, context);
            BalloonDevices.AddTo(devices, context);
            NetDevices.AddTo(devices, context);
            VsockDevices.AddTo(devices, context);
            VhostUserDevices.AddTo(devices, context);
            return devices;
        }
        catch
        {
            devices.ForEach(device => device.Dispose());
            throw;
        }
    }
}
