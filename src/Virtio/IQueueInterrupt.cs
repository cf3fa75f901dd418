using Kvm.Interop.Events;

namespace Virtio;

/// <summary>The interrupt of one queue.</summary>
public interface IQueueInterrupt
{
    /// <summary>
    /// The eventfd whose signal is the interrupt, for back ends in the kernel or in another process. It stays the same, and good to signal, from
    /// activation to reset, whatever the driver does with the vector meanwhile.
    /// </summary>
    EventFd Trigger { get; }

    /// <summary>Interrupts the driver. From any thread; one system call at most, no allocation.</summary>
    void Signal();
}
