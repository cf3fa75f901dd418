using static Vmm.Devices.Serial.SerialRegisters;

namespace Vmm.Devices.Serial;

/// <content>The modem lines: always there outside loopback, and looped back inside it.</content>
public sealed partial class Uart16550
{
    private byte ReadModemStatus()
    {
        byte status = _msr;
        _msr &= unchecked((byte)~UART_MSR_ANY_DELTA);
        UpdateInterrupt();
        return status;
    }

    private void WriteModemControl(byte value)
    {
        _mcr = (byte)(value & 0x1f);
        byte lines = UART_MSR_DCD | UART_MSR_DSR | UART_MSR_CTS;
        if (Loop)
        {
            lines = (byte)(((_mcr & UART_MCR_RTS) != 0 ? UART_MSR_CTS : 0) | ((_mcr & UART_MCR_DTR) != 0 ? UART_MSR_DSR : 0)
                | ((_mcr & UART_MCR_OUT1) != 0 ? UART_MSR_RI : 0) | ((_mcr & UART_MCR_OUT2) != 0 ? UART_MSR_DCD : 0));
        }
        else
        {
            _loopback.Drop(_loopback.Count);
        }

        byte old = (byte)(_msr & ~UART_MSR_ANY_DELTA);
        int deltas = (old ^ lines) >> 4;
        if ((lines & UART_MSR_RI) != 0)
        {
            deltas &= ~UART_MSR_TERI; // only the trailing edge of the ring indicator counts
        }

        _msr = (byte)(lines | (_msr & UART_MSR_ANY_DELTA) | deltas);
    }
}
