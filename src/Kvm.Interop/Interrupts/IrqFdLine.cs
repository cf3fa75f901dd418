using Kvm.Interop.Events;

namespace Kvm.Interop.Interrupts;

/// <summary>An edge-triggered interrupt raised by an eventfd that is registered as irqfd.</summary>
/// <param name="trigger">The eventfd; its owner registers and disposes it.</param>
public sealed class IrqFdLine(EventFd trigger) : IInterruptLine
{
    /// <inheritdoc/>
    public void Raise() => trigger.Signal();

    /// <inheritdoc/>
    public void Lower()
    {
        // An edge has no level to take back.
    }
}
