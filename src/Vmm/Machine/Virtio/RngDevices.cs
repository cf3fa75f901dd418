using Virtio;
using Virtio.Rng;
using Vmm.Configuration;

namespace Vmm.Machine.Virtio;

/// <summary>The entropy source of a machine: one, unless the user leaves it out. As with crosvm a protected machine has none.</summary>
internal static class RngDevices
{
    public static int Count(VmConfig config) => config.Rng && !config.IsProtected ? 1 : 0;

    public static void AddTo(List<IVirtioDevice> devices, DeviceContext context)
    {
        if (Count(context.Config) > 0)
        {
            devices.Add(new RngDevice(context.Loop));
        }
    }
}
