namespace Vmm.Devices.Serial;

/// <summary>Registers and bits of the 16550A, spelled as in Linux <c>include/uapi/linux/serial_reg.h</c>.</summary>
internal static class SerialRegisters
{
    // Offsets. Several registers share one: by direction (RX/TX, IIR/FCR) or by LCR's DLAB bit (DLL, DLM).
    internal const int UART_RX = 0;
    internal const int UART_TX = 0;
    internal const int UART_DLL = 0;
    internal const int UART_DLM = 1;
    internal const int UART_IER = 1;
    internal const int UART_IIR = 2;
    internal const int UART_FCR = 2;
    internal const int UART_LCR = 3;
    internal const int UART_MCR = 4;
    internal const int UART_LSR = 5;
    internal const int UART_MSR = 6;
    internal const int UART_SCR = 7;

    internal const byte UART_IER_RDI = 0x01;
    internal const byte UART_IER_THRI = 0x02;
    internal const byte UART_IER_RLSI = 0x04;
    internal const byte UART_IER_MSI = 0x08;

    internal const byte UART_IIR_NO_INT = 0x01;
    internal const byte UART_IIR_MSI = 0x00;
    internal const byte UART_IIR_THRI = 0x02;
    internal const byte UART_IIR_RDI = 0x04;
    internal const byte UART_IIR_RLSI = 0x06;
    internal const byte UART_IIR_RX_TIMEOUT = 0x0c;
    internal const byte UART_IIR_FIFO_ENABLED = 0xc0;

    internal const byte UART_FCR_ENABLE_FIFO = 0x01;
    internal const byte UART_FCR_CLEAR_RCVR = 0x02;

    internal const byte UART_LCR_DLAB = 0x80;

    internal const byte UART_MCR_DTR = 0x01;
    internal const byte UART_MCR_RTS = 0x02;
    internal const byte UART_MCR_OUT1 = 0x04;
    internal const byte UART_MCR_OUT2 = 0x08;
    internal const byte UART_MCR_LOOP = 0x10;

    internal const byte UART_LSR_DR = 0x01;
    internal const byte UART_LSR_OE = 0x02;
    internal const byte UART_LSR_THRE = 0x20;
    internal const byte UART_LSR_TEMT = 0x40;

    internal const byte UART_MSR_TERI = 0x04;
    internal const byte UART_MSR_ANY_DELTA = 0x0f;
    internal const byte UART_MSR_CTS = 0x10;
    internal const byte UART_MSR_DSR = 0x20;
    internal const byte UART_MSR_RI = 0x40;
    internal const byte UART_MSR_DCD = 0x80;
}
