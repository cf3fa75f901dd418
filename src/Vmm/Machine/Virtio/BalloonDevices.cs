using Kvm.Interop.Memory;
using Virtio;
using Virtio.Balloon;
using Vmm.Configuration;

namespace Vmm.Machine.Virtio;

/// <summary>The balloon of a machine: one, unless the user leaves it out or no host could take the guest's pages.</summary>
internal static class BalloonDevices
{
    public static int Count(VmConfig config) => config.Balloon && config.Protection == ProtectionMode.Unprotected ? 1 : 0;

    public static void AddTo(List<IVirtioDevice> devices, DeviceContext context)
    {
        VmConfig config = context.Config;
        if (Count(config) > 0)
        {
            ulong outside = config.InitMemMib ?? config.MemoryMib;
            var ram = new GuestRange(new GuestAddress(Arm64Layout.RamStart), config.MemoryMib << 20);
            devices.Add(new BalloonDevice(context.Loop, ram, config.BalloonPageReporting, (config.MemoryMib - outside) << 20));
        }
    }
}
