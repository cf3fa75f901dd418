using Kvm.Interop;
using Kvm.Interop.Files;

namespace VirtualizationService.Life;

/// <content>What clients ask of a VM that runs.</content>
public sealed partial class VmInstance
{
    /// <summary>Stops the vCPUs.</summary>
    /// <exception cref="RefusedException">It does not run, or the VMM refused.</exception>
    public void Suspend() => Control().Suspend();

    /// <summary>Lets the vCPUs run.</summary>
    /// <exception cref="RefusedException">It does not run, or the VMM refused.</exception>
    public void Resume() => Control().Resume();

    /// <summary>Bytes in the guest's balloon.</summary>
    /// <exception cref="RefusedException">It does not run, or has no balloon.</exception>
    public long GetMemoryBalloon() => Control().GetBalloon();

    /// <summary>Tells the guest how many bytes to put into its balloon.</summary>
    /// <exception cref="RefusedException">It does not run, has no balloon, or the number is negative.</exception>
    public void SetMemoryBalloon(long bytes)
    {
        if (bytes < 0)
        {
            throw new RefusedException(Refusal.Argument, $"a memory balloon cannot hold {bytes} bytes");
        }

        Control().SetBalloon(bytes);
    }

    /// <summary>Connects to a port of the guest.</summary>
    /// <param name="port">1024 or more.</param>
    /// <exception cref="RefusedException">It does not run, the port is privileged, or nobody listens there.</exception>
    public FileDescriptor ConnectVsock(uint port)
    {
        const uint FirstUnprivileged = 1024;
        if (port < FirstUnprivileged)
        {
            throw new RefusedException(Refusal.Failed, $"port {port} of a guest is privileged; clients connect to {FirstUnprivileged} and above");
        }

        lock (_lock)
        {
            Running();
        }

        try
        {
            return _place.Vsock.Connect(port);
        }
        catch (LinuxException failure)
        {
            throw new RefusedException(Refusal.Failed, $"port {port} of the guest {Cid} cannot be reached: {failure.Message}", failure);
        }
    }

    private VmmControl Control()
    {
        lock (_lock)
        {
            Running();
            return _control;
        }
    }
}
