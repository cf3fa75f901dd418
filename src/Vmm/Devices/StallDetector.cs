using Kvm.Interop.Interrupts;

namespace Vmm.Devices;

/// <summary>
/// crosvm's vmwdt, the device of Linux's <c>drivers/misc/vcpu_stall_detector.c</c>: a countdown per vCPU that the guest reloads as long as
/// that vCPU schedules.
/// </summary>
/// <remarks>
/// What counts down is the time the vCPU ran in the guest, so a host that is busy or has stopped the VM is not taken for a stalled guest. When
/// it reaches zero the vCPU gets its interrupt and one more period; when that passes as well, the VM is given up. A reload starts afresh.
/// </remarks>
public sealed class StallDetector : IMmioDevice, IWordRegisters, IDisposable
{
    /// <summary>The number of bytes of the window, whatever the number of vCPUs.</summary>
    public const ulong Size = 0x1000;

    /// <summary>The number of bytes of registers per vCPU.</summary>
    public const uint VcpuStride = 0x10;

    private const uint VCPU_STALL_REG_STATUS = 0x00;
    private const uint VCPU_STALL_REG_LOAD_CNT = 0x04;
    private const uint VCPU_STALL_REG_CURRENT_CNT = 0x08;
    private const uint VCPU_STALL_REG_CLOCK_FREQ_HZ = 0x0c;

    private readonly VcpuCountdown[] _countdowns;

    /// <param name="interrupts">The private interrupt of each vCPU; their number is the number of vCPUs.</param>
    /// <param name="guestTime">
    /// How long a vCPU has run in the guest, by its number; null when the host cannot tell, and then all time that passes counts. Called from
    /// vCPU threads and from the timer's; must not allocate.
    /// </param>
    /// <param name="onStall">Called once a vCPU has been stalled for two periods, with its number; ends the VM.</param>
    /// <param name="time">The clock and the timers.</param>
    public StallDetector(IReadOnlyList<IInterruptLine> interrupts, Func<int, TimeSpan?> guestTime, Action<int> onStall, TimeProvider time)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((ulong)interrupts.Count * VcpuStride, Size, nameof(interrupts));
        _countdowns = new VcpuCountdown[interrupts.Count];
        for (int vcpu = 0; vcpu < _countdowns.Length; vcpu++)
        {
            _countdowns[vcpu] = new VcpuCountdown(vcpu, interrupts[vcpu], guestTime, onStall, time);
        }
    }

    /// <inheritdoc/>
    public void Read(ulong offset, Span<byte> data) => WordAccess.Read(this, offset, data);

    /// <inheritdoc/>
    public void Write(ulong offset, ReadOnlySpan<byte> data) => WordAccess.Write(this, offset, data);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (VcpuCountdown countdown in _countdowns)
        {
            countdown.Dispose();
        }
    }

    uint IWordRegisters.ReadWord(uint offset)
    {
        uint vcpu = offset / VcpuStride;
        if (vcpu >= (uint)_countdowns.Length)
        {
            return 0;
        }

        VcpuCountdown countdown = _countdowns[vcpu];
        return (offset % VcpuStride) switch
        {
            VCPU_STALL_REG_STATUS => countdown.Enabled ? 1u : 0u,
            VCPU_STALL_REG_LOAD_CNT => countdown.Load,
            VCPU_STALL_REG_CURRENT_CNT => countdown.Current(),
            _ => countdown.Frequency,
        };
    }

    void IWordRegisters.WriteWord(uint offset, uint value)
    {
        uint vcpu = offset / VcpuStride;
        if (vcpu >= (uint)_countdowns.Length)
        {
            return;
        }

        VcpuCountdown countdown = _countdowns[vcpu];
        switch (offset % VcpuStride)
        {
            case VCPU_STALL_REG_STATUS:
                countdown.Enable(value != 0);
                break;
            case VCPU_STALL_REG_LOAD_CNT:
                countdown.Reload(value);
                break;
            case VCPU_STALL_REG_CLOCK_FREQ_HZ:
                countdown.SetFrequency(value);
                break;
            default:
                break; // CURRENT_CNT is read-only
        }
    }
}
