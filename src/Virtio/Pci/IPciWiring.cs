using Kvm.Interop.Events;

namespace Virtio.Pci;

/// <summary>How a PCI function's events are wired past user space: notifications by ioeventfd, messages by irqfd.</summary>
/// <remarks>
/// No call throws for what a guest chose; false means that the kernel refused, and then the event takes the way through user space or waits.
/// A function makes its calls one at a time; other functions' come at the same time.
/// </remarks>
public interface IPciWiring
{
    /// <summary>Has guest stores to an address signal an eventfd without an exit.</summary>
    /// <param name="kick">Is signalled.</param>
    /// <param name="address">Guest physical address.</param>
    bool ConnectKick(EventFd kick, ulong address);

    /// <summary>Undoes a <see cref="ConnectKick"/> that returned true.</summary>
    void DisconnectKick(EventFd kick, ulong address);

    /// <summary>Makes room for one message-signalled interrupt; while the machine is built.</summary>
    /// <returns>The number by which the other calls know it.</returns>
    uint AddMessage();

    /// <summary>Says what a message is; holds from the next <see cref="CommitMessages"/> on.</summary>
    /// <param name="message">From <see cref="AddMessage"/>.</param>
    /// <param name="address">The doorbell that the driver wrote into the MSI-X table.</param>
    /// <param name="data">What is written there.</param>
    void SetMessage(uint message, ulong address, uint data);

    /// <summary>Puts what <see cref="SetMessage"/> changed into force. Without a change it costs nothing.</summary>
    void CommitMessages();

    /// <summary>Has signals of an eventfd send a message; a signal that it holds already is sent at once.</summary>
    bool ConnectInterrupt(EventFd trigger, uint message);

    /// <summary>Undoes a <see cref="ConnectInterrupt"/> that returned true; signals stay in the eventfd from then on.</summary>
    void DisconnectInterrupt(EventFd trigger, uint message);
}
