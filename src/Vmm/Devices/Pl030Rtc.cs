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

    private readonly Lock gate = new();
    private readonly IInterruptLine interrupt;
    private readonly TimeProvider time;
    private readonly ITimer alarm;

    private uint loadOffset; // counter minus UTC seconds
    private uint match;
    private uint load;
    private bool interruptEnabled;
    private bool matched;

    /// <param name="interrupt">The level-triggered wire of the alarm.</param>
    /// <param name="time">UTC and the timer of the alarm.</param>
    public Pl030Rtc(IInterruptLine interrupt, TimeProvider time)
    {
        this.interrupt = interrupt;
        this.time = time;
        alarm = time.CreateTimer(static rtc => ((Pl030Rtc)rtc!).AlarmDue(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <inheritdoc/>
    public void Read(ulong offset, Span<byte> data) => WordAccess.Read(this, offset, data);

    /// <inheritdoc/>
    public void Write(ulong offset, ReadOnlySpan<byte> data) => WordAccess.Write(this, offset, data);

    /// <inheritdoc/>
    public void Dispose() => alarm.Dispose();

    uint IWordRegisters.ReadWord(uint offset)
    {
        lock (gate)
        {
            return offset switch
            {
                RTCDR => Counter(),
                RTCMR => match,
                RTCSTAT => matched ? 1u : 0u,
                RTCLR => load,
                RTCCR => interruptEnabled ? RTCCR_MIE : 0,
                // The identification registers carry one byte each.
                >= PeripheralIdBase and < CellIdBase => (PeripheralId >> (int)((offset - PeripheralIdBase) * 2)) & 0xff,
                >= CellIdBase and < (uint)Size => (CellId >> (int)((offset - CellIdBase) * 2)) & 0xff,
                _ => 0,
            };
        }
    }

    void IWordRegisters.WriteWord(uint offset, uint value)
    {
        lock (gate)
        {
            switch (offset)
            {
                case RTCMR:
                    match = value;
                    ArmAlarm();
                    break;
                case RTCSTAT:
                    SetMatched(false);
                    break;
                case RTCLR:
                    load = value;
                    loadOffset = value - UtcSeconds();
                    ArmAlarm();
                    break;
                case RTCCR:
                    interruptEnabled = (value & RTCCR_MIE) != 0;
                    if (!interruptEnabled)
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

    private uint UtcSeconds() => (uint)time.GetUtcNow().ToUnixTimeSeconds();

    private uint Counter() => UtcSeconds() + loadOffset;

    private void AlarmDue()
    {
        lock (gate)
        {
            if (!interruptEnabled)
            {
                return;
            }

            if (Counter() == match)
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
        if (!interruptEnabled)
        {
            alarm.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            return;
        }

        uint seconds = match - Counter();
        if (seconds == 0)
        {
            SetMatched(true);
            return;
        }

        // To the start of the matching second.
        long intoSecond = time.GetUtcNow().Ticks % TimeSpan.TicksPerSecond;
        alarm.Change(new TimeSpan((seconds * TimeSpan.TicksPerSecond) - intoSecond), Timeout.InfiniteTimeSpan);
    }

    private void SetMatched(bool value)
    {
        if (value == matched)
        {
            return;
        }

        matched = value;
        if (value)
        {
            interrupt.Raise();
        }
        else
        {
            interrupt.Lower();
        }
    }
}
