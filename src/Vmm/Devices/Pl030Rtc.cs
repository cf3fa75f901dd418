using Kvm.Interop.Interrupts;

namespace Vmm.Devices;

/// <summary>ARM's PL030 real-time clock (PrimeCell RTC, ARM DDI 0140): a counter of seconds and one alarm.</summary>
/// <remarks>
/// The counter shows UTC in seconds since 1970, modulo 2^32, plus what the guest added by loading it. The match interrupt is level-triggered;
/// it is raised only while RTCCR enables it, and a match seen while it does not is not remembered.
/// </remarks>
public sealed class Pl030Rtc : IMmioDevice, IWordRegisters, IDisposable
{
    /// <summary>The number of bytes of the register window.</summary>
    public const ulong Size = 0x1000;

    private const uint RTCDR = 0x00;
    private const uint RTCMR = 0x04;
    private const uint RTCSTAT = 0x08; // RTCEOI when written
    private const uint RTCLR = 0x0c;
    private const uint RTCCR = 0x10;
    private const uint RTCCR_MIE = 1;

    private const uint PeripheralIdBase = 0xfe0;
    private const uint PeripheralId = 0x00041030;
    private const uint CellIdBase = 0xff0;
    private const uint CellId = 0xb105f00d;

    private readonly Lock _gate = new();
    private readonly IInterruptLine _interrupt;
    private readonly TimeProvider _time;
    private readonly ITimer _alarm;

    private uint _loadOffset; // counter minus UTC seconds
    private uint _match;
    private uint _load;
    private bool _interruptEnabled;
    private bool _matched;

    /// <param name="interrupt">The level-triggered wire of the alarm.</param>
    /// <param name="time">UTC and the timer of the alarm.</param>
    public Pl030Rtc(IInterruptLine interrupt, TimeProvider time)
    {
        _interrupt = interrupt;
        _time = time;
        _alarm = time.CreateTimer(static rtc => ((Pl030Rtc)rtc!).AlarmDue(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <inheritdoc/>
    public void Read(ulong offset, Span<byte> data) => WordAccess.Read(this, offset, data);

    /// <inheritdoc/>
    public void Write(ulong offset, ReadOnlySpan<byte> data) => WordAccess.Write(this, offset, data);

    /// <inheritdoc/>
    public void Dispose() => _alarm.Dispose();

    uint IWordRegisters.ReadWord(uint offset)
    {
        lock (_gate)
        {
            return offset switch
            {
                RTCDR => Counter(),
                RTCMR => _match,
                RTCSTAT => _matched ? 1u : 0u,
                RTCLR => _load,
                RTCCR => _interruptEnabled ? RTCCR_MIE : 0,
                // The identification registers carry one byte each.
                >= PeripheralIdBase and < CellIdBase => (PeripheralId >> (int)((offset - PeripheralIdBase) * 2)) & 0xff,
                >= CellIdBase and < (uint)Size => (CellId >> (int)((offset - CellIdBase) * 2)) & 0xff,
                _ => 0,
            };
        }
    }

    void IWordRegisters.WriteWord(uint offset, uint value)
    {
        lock (_gate)
        {
            switch (offset)
            {
                case RTCMR:
                    _match = value;
                    ArmAlarm();
                    break;
                case RTCSTAT:
                    SetMatched(false);
                    break;
                case RTCLR:
                    _load = value;
                    _loadOffset = value - UtcSeconds();
                    ArmAlarm();
                    break;
                case RTCCR:
                    _interruptEnabled = (value & RTCCR_MIE) != 0;
                    if (!_interruptEnabled)
                    {
                        SetMatched(false);
                    }

                    ArmAlarm();
                    break;
                default:
                    break;
            }
        }
    }

    private uint UtcSeconds() => (uint)_time.GetUtcNow().ToUnixTimeSeconds();

    private uint Counter() => UtcSeconds() + _loadOffset;

    private void AlarmDue()
    {
        lock (_gate)
        {
            if (!_interruptEnabled)
            {
                return;
            }

            if (Counter() == _match)
            {
                SetMatched(true);
            }
            else
            {
                ArmAlarm(); // the host's clock was set meanwhile
            }
        }
    }

    private void ArmAlarm()
    {
        if (!_interruptEnabled)
        {
            _alarm.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            return;
        }

        uint seconds = _match - Counter();
        if (seconds == 0)
        {
            SetMatched(true);
            return;
        }

        // To the start of the matching second.
        long intoSecond = _time.GetUtcNow().Ticks % TimeSpan.TicksPerSecond;
        _alarm.Change(new TimeSpan((seconds * TimeSpan.TicksPerSecond) - intoSecond), Timeout.InfiniteTimeSpan);
    }

    private void SetMatched(bool value)
    {
        if (value == _matched)
        {
            return;
        }

        _matched = value;
        if (value)
        {
            _interrupt.Raise();
        }
        else
        {
            _interrupt.Lower();
        }
    }
}
