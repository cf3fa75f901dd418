using System.Collections.Immutable;
using Kvm.Interop.Memory;
using static Virtio.Pci.VirtioPciRegisters;

namespace Virtio.Pci;

/// <summary>The life of a virtio device between two resets (virtio 1.3, sections 2.1, 2.2, 3.1): status, features, activation.</summary>
/// <remarks>
/// All but the signals and the end of a reset happen under the function's lock. Those two come from the device's threads, which may hold locks of
/// their own, so they take none: a finished reset is a mark that the next access to a register acts on, and until then the status reads as before.
/// </remarks>
internal sealed class DeviceLifecycle : IDeviceSignals
{
    private const byte DriverBits =
        VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER | VIRTIO_CONFIG_S_FEATURES_OK | VIRTIO_CONFIG_S_DRIVER_OK | VIRTIO_CONFIG_S_FAILED;

    private const long ReportIntervalMilliseconds = 1000;

    private readonly IVirtioDevice _device;
    private readonly GuestMemory _memory;
    private readonly bool _isProtected;
    private readonly QueueRegisters[] _queues;
    private readonly FunctionInterrupts _interrupts;
    private readonly Doorbells _doorbells;
    private readonly Action<string> _report;
    private readonly Action _onReset;
    private readonly ulong _required;
    private ulong _accepted;
    private int _status;
    private int _generation;
    private bool _resetting;
    private volatile bool _resetDone;
    private long _nextReport = long.MinValue;

    internal DeviceLifecycle(
        IVirtioDevice device,
        GuestMemory memory,
        bool isProtected,
        QueueRegisters[] queues,
        FunctionInterrupts interrupts,
        Doorbells doorbells,
        Action<string> report)
    {
        _device = device;
        _memory = memory;
        _isProtected = isProtected;
        _queues = queues;
        _interrupts = interrupts;
        _doorbells = doorbells;
        _report = report;
        _onReset = () => _resetDone = true;
        _required = VirtioFeatures.Version1 | (isProtected ? VirtioFeatures.AccessPlatform : 0);
        Offered = device.Features | _required;
    }

    /// <summary>What the driver may accept.</summary>
    internal ulong Offered { get; }

    /// <summary>What the driver has accepted so far; writes after FEATURES_OK change nothing.</summary>
    internal ulong Accepted
    {
        get => _accepted;
        set => _accepted = HasStatus(VIRTIO_CONFIG_S_FEATURES_OK) || _resetting ? _accepted : value;
    }

    /// <summary>The device_status register.</summary>
    internal byte Status => (byte)Volatile.Read(ref _status);

    /// <summary>The config_generation register.</summary>
    internal byte Generation => (byte)Volatile.Read(ref _generation);

    /// <summary>The device serves its queues: from DRIVER_OK to the store of 0.</summary>
    internal bool IsActive { get; private set; }

    /// <summary>Queue registers and features stand until the next reset.</summary>
    internal bool IsFrozen => _resetting || HasStatus(VIRTIO_CONFIG_S_DRIVER_OK);

    /// <inheritdoc/>
    public void ConfigurationChanged()
    {
        Interlocked.Increment(ref _generation);
        if (HasStatus(VIRTIO_CONFIG_S_DRIVER_OK))
        {
            _interrupts.SignalConfiguration();
        }
    }

    /// <inheritdoc/>
    public void NeedsReset(string reason)
    {
        int status;
        do
        {
            status = Volatile.Read(ref _status);

            // Without DRIVER_OK the driver is not there yet, or has begun anew: a late word must not keep the status from reading 0.
            if ((status & VIRTIO_CONFIG_S_DRIVER_OK) == 0 || (status & VIRTIO_CONFIG_S_NEEDS_RESET) != 0)
            {
                return;
            }
        }
        while (Interlocked.CompareExchange(ref _status, status | VIRTIO_CONFIG_S_NEEDS_RESET, status) != status);
        Report($"{_device.Name} needs a reset: {reason}");
        ConfigurationChanged();
    }

    /// <summary>Acts on a reset that the device has finished. At the beginning of every access to a register.</summary>
    internal void FinishReset()
    {
        if (_resetting && _resetDone)
        {
            _resetting = false;
            Clear();
        }
    }

    /// <summary>A store to device_status. Bits are only added, except by a store of 0.</summary>
    /// <param name="value">What the driver stores.</param>
    /// <param name="bar">Where the region lies.</param>
    internal void WriteStatus(byte value, ulong bar)
    {
        if (_resetting)
        {
            return;
        }

        if (value == 0)
        {
            Reset();
            return;
        }

        int added = value & DriverBits & ~Status;
        if ((added & VIRTIO_CONFIG_S_FEATURES_OK) != 0 && !AreFeaturesGood())
        {
            added &= ~VIRTIO_CONFIG_S_FEATURES_OK;
        }

        Interlocked.Or(ref _status, added);
        if ((added & VIRTIO_CONFIG_S_DRIVER_OK) != 0)
        {
            Activate(bar);
        }
    }

    private bool HasStatus(byte bit) => (Volatile.Read(ref _status) & bit) != 0;

    private bool AreFeaturesGood() => (_accepted & ~Offered) == 0 && (_accepted & _required) == _required;

    private void Activate(ulong bar)
    {
        _interrupts.Activate();
        if (!HasStatus(VIRTIO_CONFIG_S_FEATURES_OK))
        {
            NeedsReset("DRIVER_OK without FEATURES_OK");
            return;
        }

        var setups = new QueueSetup?[_queues.Length];
        bool packed = (_accepted & VirtioFeatures.PackedRing) != 0;
        for (int i = 0; i < setups.Length; i++)
        {
            if (_queues[i].IsEnabled
                && _queues[i].Freeze(_memory, packed, _doorbells.Kick(i), _interrupts.Queue(i), out setups[i]) is { } fault)
            {
                NeedsReset(fault);
                return;
            }
        }

        _doorbells.Connect(bar);
        IsActive = true;
        try
        {
            _device.Activate(new DeviceActivation(_memory, _isProtected, _accepted, ImmutableArray.Create(setups), this));
        }
        catch (Exception e)
        {
            NeedsReset($"it cannot start: {e.Message}");
        }
    }

    private void Reset()
    {
        if (!IsActive)
        {
            Clear();
            return;
        }

        IsActive = false;
        _doorbells.Connect(PciConfigurationSpace.Unmapped);
        _resetting = true;
        _resetDone = false;
        try
        {
            _device.Reset(_onReset);
        }
        catch (Exception e)
        {
            Report($"{_device.Name} cannot be reset: {e.Message}");
        }

        FinishReset();
    }

    private void Clear()
    {
        Interlocked.Exchange(ref _status, 0);
        _accepted = 0;
        foreach (QueueRegisters queue in _queues)
        {
            queue.Reset();
        }

        _interrupts.Deactivate();
        _doorbells.Drain();
    }

    // A driver that breaks its device again and again does not fill the log.
    private void Report(string line)
    {
        long now = Environment.TickCount64;
        long due = Volatile.Read(ref _nextReport);
        if (now >= due && Interlocked.CompareExchange(ref _nextReport, now + ReportIntervalMilliseconds, due) == due)
        {
            _report(line);
        }
    }
}
