using Kvm.Interop.Events;
using Kvm.Interop.Memory;
using Virtio;
using Vmm.Devices.Serial;
using Vmm.Machine.Virtio;

namespace Vmm.Machine;

/// <summary>A machine's parts, built and wired, before the first of its threads starts.</summary>
internal sealed record MachineParts(
    OwnedResources Resources,
    MachinePlan Plan,
    GuestMemory Memory,
    VcpuThread[] Vcpus,
    RunGate Gate,
    EndOfVm End,
    EventLoop Loop,
    IReadOnlyList<EventLoop> WaitingLoops,
    IReadOnlyList<IVirtioDevice> Virtio,
    BlockDevices Disks,
    FirmwareReason? Reason);
