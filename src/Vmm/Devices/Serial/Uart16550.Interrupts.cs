using static Vmm.Devices.Serial.SerialRegisters;

namespace Vmm.Devices.Serial;

/// <content>Which conditions are pending, and the edges that tell the guest of them.</content>
public sealed partial class Uart16550
{
    // The highest-ranking pending condition; reading it acknowledges the transmitter's, the only one no other register does.
    private byte ReadInterruptIdentification()
    {
        byte pending = Pending();
        byte id = FifosOn ? UART_IIR_FIFO_ENABLED : (byte)0;
        if ((pending & UART_IER_RLSI) != 0)
        {
            id |= UART_IIR_RLSI;
        }
        else if ((pending & UART_IER_RDI) != 0)
        {
            // Below the trigger level the guest would be told after four character times of silence; this line has no such time.
            id |= FifosOn && ReceiveLevel < TriggerLevel() ? UART_IIR_RX_TIMEOUT : UART_IIR_RDI;
        }
        else if ((pending & UART_IER_THRI) != 0)
        {
            id |= UART_IIR_THRI;
            _threPending = false;
            UpdateInterrupt();
        }
        else
        {
            id |= (pending & UART_IER_MSI) != 0 ? UART_IIR_MSI : UART_IIR_NO_INT;
        }

        return id;
    }

    private int TriggerLevel() => (_fcr >> 6) switch { 0 => 1, 1 => 4, 2 => 8, _ => 14 };

    private byte Pending()
    {
        int pending = (_overrun ? UART_IER_RLSI : 0) | (ReceiveLevel > 0 ? UART_IER_RDI : 0)
            | (_threPending ? UART_IER_THRI : 0) | ((_msr & UART_MSR_ANY_DELTA) != 0 ? UART_IER_MSI : 0);
        return (byte)(pending & _ier);
    }

    private void UpdateInterrupt()
    {
        byte pending = Pending();
        if ((pending & ~_signalled) != 0)
        {
            _interrupt.Raise();
        }
        else if (pending == 0 && _signalled != 0)
        {
            _interrupt.Lower();
        }

        _signalled = pending;
    }
}
