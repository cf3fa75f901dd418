using Kvm.Interop;
using Kvm.Interop.Events;
using Kvm.Interop.Memory;
using Vmm.Configuration;
using Vmm.Machine.Virtio;

namespace Vmm.Machine;

/// <summary>What a virtio device is made from.</summary>
/// <param name="Config">What the user asked for.</param>
/// <param name="Vm">The VM.</param>
/// <param name="Memory">The guest's memory.</param>
/// <param name="Disks">The disks, their files open.</param>
/// <param name="Loop">Serves the devices' descriptors and timers; not started.</param>
/// <param name="Resources">Takes over what must be given back; devices go back before the loop, the loop before memory.</param>
internal sealed record DeviceContext(VmConfig Config, KvmVm Vm, GuestMemory Memory, BlockDevices Disks, EventLoop Loop, OwnedResources Resources)
{
    /// <summary>Ends the VM, as the user asks for at a console.</summary>
    public Action Quit { get; init; } = static () => { };

    /// <summary>Further loops, for devices that have to wait for other processes; not started.</summary>
    public List<EventLoop> WaitingLoops { get; } = [];

    /// <summary>Guest pages may be private.</summary>
    public bool UsesPlatformAccess => Config.Protection != ProtectionMode.Unprotected;
}
