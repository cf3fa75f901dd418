using Kvm.Interop.Events;
using static Virtio.Pci.VirtioPciRegisters;

namespace Virtio.Pci;

/// <summary>The interrupts of a virtio function: messages where the driver has turned MSI-X on, else the pin and the ISR status register.</summary>
/// <remarks>
/// Signals take no lock. Everything else is called under the function's lock, which a signal never waits for: whether messages are in use is one
/// volatile read, and a signal that goes by the old answer ends in the eventfd (found by the watch, or by the irqfd when it is connected) or in the
/// ISR status.
/// </remarks>
internal sealed class FunctionInterrupts : IIntxSource, IDisposable
{
    private readonly IPciWiring _wiring;
    private readonly EventLoop _loop;
    private readonly IntxLine? _line;
    private readonly InterruptSource[] _sources;
    private readonly uint[] _messages;
    private volatile bool _usesMessages;
    private volatile bool _active;
    private volatile bool _pinDisabled;
    private bool _canSend;
    private int _status;

    internal FunctionInterrupts(string name, int queues, IPciWiring wiring, EventLoop loop, IntxLine? line)
    {
        _wiring = wiring;
        _loop = loop;
        _line = line;
        Table = new MsixTable(queues + 1);
        _messages = new uint[queues + 1];
        _sources = new InterruptSource[queues + 1];
        Configuration = new InterruptSource(this, VIRTIO_PCI_ISR_CONFIG, $"{name} configuration interrupt");
        for (int i = 0; i <= queues; i++)
        {
            _messages[i] = wiring.AddMessage();
            _sources[i] = i == 0 ? Configuration : new InterruptSource(this, IsrQueue, $"{name} queue {i - 1} interrupt");
        }

        line?.Attach(this);
    }

    internal MsixTable Table { get; }

    internal InterruptSource Configuration { get; }

    /// <summary>MSI-X is on: the pin is dead.</summary>
    internal bool UsesMessages => _usesMessages;

    /// <summary>Some bit of the ISR status is set and MSI-X is off (the Interrupt Status bit of the PCI status register).</summary>
    internal bool HasStatus => !_usesMessages && _active && Volatile.Read(ref _status) != 0;

    /// <inheritdoc/>
    public bool IsAsserted => HasStatus && !_pinDisabled;

    internal InterruptSource Queue(int index) => _sources[index + 1];

    /// <summary>Tells the driver that the configuration has changed. Takes no lock.</summary>
    internal void SignalConfiguration()
    {
        if (_usesMessages)
        {
            // Virtio 1.3, 4.1.4.5.1: set with MSI-X too.
            Interlocked.Or(ref _status, VIRTIO_PCI_ISR_CONFIG);
        }

        Configuration.Signal();
    }

    /// <summary>Sets a bit of the ISR status and raises the line. Takes no lock.</summary>
    internal void Assert(byte bit)
    {
        // Who made the status non-zero raises the line, and it is raised again after each end of interrupt until the status is read.
        if (_active && Interlocked.Or(ref _status, bit) == 0 && !_pinDisabled)
        {
            _line?.Raise();
        }
    }

    /// <summary>The ISR status, which a load clears. Takes no lock.</summary>
    internal byte TakeStatus() => (byte)Interlocked.Exchange(ref _status, 0);

    /// <summary>The driver may be interrupted from now on.</summary>
    internal void Activate()
    {
        Interlocked.Exchange(ref _status, 0);
        _active = true;
        Apply();
    }

    /// <summary>The device is silent: everything is as before activation but the MSI-X table.</summary>
    internal void Deactivate()
    {
        _active = false;
        foreach (InterruptSource source in _sources)
        {
            source.Vector = VIRTIO_MSI_NO_VECTOR;
        }

        Apply();
        foreach (InterruptSource source in _sources)
        {
            source.Trigger.TryConsume();
        }

        Interlocked.Exchange(ref _status, 0);
    }

    /// <summary>Takes over the PCI registers that decide about interrupts.</summary>
    /// <param name="messageControl">Of the MSI-X capability.</param>
    /// <param name="mayMaster">The function may write to memory, which a message is.</param>
    /// <param name="pinDisabled">PCI_COMMAND_INTX_DISABLE.</param>
    internal void Configure(ushort messageControl, bool mayMaster, bool pinDisabled)
    {
        _usesMessages = (messageControl & PCI_MSIX_FLAGS_ENABLE) != 0;
        _canSend = mayMaster && (messageControl & PCI_MSIX_FLAGS_MASKALL) == 0;
        _pinDisabled = pinDisabled;
        Apply();
    }

    /// <summary>Chooses a source's vector.</summary>
    internal void SetVector(InterruptSource source, ushort vector)
    {
        source.Vector = vector < Table.VectorCount ? vector : VIRTIO_MSI_NO_VECTOR;
        Apply();
    }

    internal void WriteTable(int offset, ReadOnlySpan<byte> data)
    {
        Table.Write(offset, data);
        Apply();
    }

    /// <summary>The pending bits: vectors that would interrupt, were they not masked.</summary>
    internal void ReadPending(int offset, Span<byte> data)
    {
        data.Clear();
        if (!_usesMessages)
        {
            return;
        }

        foreach (InterruptSource source in _sources)
        {
            int index = (source.Vector / 8) - offset;
            if (source.Vector < Table.VectorCount && source.Message is null && (uint)index < (uint)data.Length && source.Trigger.WaitReadable(0))
            {
                data[index] |= (byte)(1 << (source.Vector % 8));
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _active = false;
        Apply();
        foreach (InterruptSource source in _sources)
        {
            source.Dispose();
        }
    }

    /// <summary>Brings watches and irqfds in line with the registers.</summary>
    private void Apply()
    {
        foreach (InterruptSource source in _sources)
        {
            SetWatch(source, _active && !_usesMessages);
            uint? wanted = Wanted(source);
            if (source.Message is { } message && message != wanted)
            {
                _wiring.DisconnectInterrupt(source.Trigger, message);
                source.Message = null;
            }

            if (wanted is { } next)
            {
                _wiring.SetMessage(next, Table.Address(source.Vector), Table.Data(source.Vector));
            }
        }

        _wiring.CommitMessages();
        foreach (InterruptSource source in _sources)
        {
            if (source.Message is null && Wanted(source) is { } message && _wiring.ConnectInterrupt(source.Trigger, message))
            {
                source.Message = message;

                // The kernel sends what the eventfd held, but leaves the count: a later mask would show it as pending again. What comes after
                // the connection is sent whether or not it is consumed here.
                source.Trigger.TryConsume();
            }
        }

        if (IsAsserted)
        {
            _line?.Raise();
        }
    }

    private uint? Wanted(InterruptSource source) =>
        _active && _usesMessages && _canSend && source.Vector < Table.VectorCount && !Table.IsMasked(source.Vector)
            ? _messages[source.Vector]
            : null;

    private void SetWatch(InterruptSource source, bool wanted)
    {
        if (!wanted)
        {
            source.Watch?.Dispose();
            source.Watch = null;
        }
        else
        {
            source.Watch ??= _loop.Watch(source.Trigger, EpollEvents.EPOLLIN, _ => OnTrigger(source));
        }
    }

    private void OnTrigger(InterruptSource source)
    {
        // A watch that ends on another thread may still come here; what it would take belongs to the irqfd then.
        if (!_usesMessages && source.Trigger.TryConsume())
        {
            source.Assert();
        }
    }
}
