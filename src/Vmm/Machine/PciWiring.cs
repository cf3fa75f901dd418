using Kvm.Interop;
using Kvm.Interop.Events;
using Kvm.Interop.Memory;
using Virtio.Pci;
using Vmm.Logging;

namespace Vmm.Machine;

/// <summary>Wires one PCI function's events into KVM. What the kernel refuses a guest may have brought about, such as two functions at one address.</summary>
/// <param name="vm">The VM.</param>
/// <param name="routes">The VM's interrupt routes.</param>
/// <param name="deviceId">The function's DeviceID for the ITS: device number times 8 plus function number, on bus 0.</param>
internal sealed class PciWiring(KvmVm vm, GsiRoutes routes, uint deviceId) : IPciWiring
{
    // Linux stores the queue's number in 16 bits, other drivers in 32.
    private const int AnyLength = 0;

    /// <inheritdoc/>
    public bool ConnectKick(EventFd kick, ulong address)
    {
        try
        {
            vm.RegisterIoEventFd(kick, new GuestAddress(address), AnyLength);
            return true;
        }
        catch (LinuxException e)
        {
            return Refused(e);
        }
    }

    /// <inheritdoc/>
    public void DisconnectKick(EventFd kick, ulong address)
    {
        try
        {
            vm.UnregisterIoEventFd(kick, new GuestAddress(address), AnyLength);
        }
        catch (LinuxException e)
        {
            Refused(e);
        }
    }

    /// <inheritdoc/>
    public uint AddMessage() => routes.Add();

    /// <inheritdoc/>
    public void SetMessage(uint message, ulong address, uint data) => routes.Set(message, address, data, deviceId);

    /// <inheritdoc/>
    public void CommitMessages()
    {
        try
        {
            routes.Commit();
        }
        catch (LinuxException e)
        {
            Refused(e);
        }
    }

    /// <inheritdoc/>
    public bool ConnectInterrupt(EventFd trigger, uint message)
    {
        try
        {
            vm.RegisterIrqFd(message, trigger);
            return true;
        }
        catch (LinuxException e)
        {
            return Refused(e);
        }
    }

    /// <inheritdoc/>
    public void DisconnectInterrupt(EventFd trigger, uint message)
    {
        try
        {
            vm.UnregisterIrqFd(message, trigger);
        }
        catch (LinuxException e)
        {
            Refused(e);
        }
    }

    private static bool Refused(LinuxException e)
    {
        Log.Write(LogLevel.Debug, "pci", $"{e.Message}");
        return false;
    }
}
