using Kvm.Interop.Events;

namespace Virtio.Pci;

/// <summary>What interrupts the driver: one queue, or the configuration.</summary>
internal sealed class InterruptSource : IQueueInterrupt, IDisposable
{
    private readonly FunctionInterrupts _function;
    private readonly byte _statusBit;

    internal InterruptSource(FunctionInterrupts function, byte statusBit, string name)
    {
        _function = function;
        _statusBit = statusBit;
        Trigger = new EventFd(name);
    }

    /// <inheritdoc/>
    public EventFd Trigger { get; }

    /// <summary>The MSI-X vector the driver chose, VIRTIO_MSI_NO_VECTOR for none. Under the function's lock.</summary>
    internal ushort Vector { get; set; } = VirtioPciRegisters.VIRTIO_MSI_NO_VECTOR;

    /// <summary>The message that the kernel sends at a signal; null while signals stay in the eventfd. Under the function's lock.</summary>
    internal uint? Message { get; set; }

    /// <summary>In INTx mode, the watch that turns signals of others into an assertion of the pin. Under the function's lock.</summary>
    internal EventWatch? Watch { get; set; }

    /// <inheritdoc/>
    public void Signal()
    {
        if (_function.UsesMessages)
        {
            Trigger.Signal();
        }
        else
        {
            Assert();
        }
    }

    /// <summary>Asserts the pin.</summary>
    internal void Assert() => _function.Assert(_statusBit);

    /// <inheritdoc/>
    public void Dispose()
    {
        Watch?.Dispose();
        Trigger.Dispose();
    }
}
