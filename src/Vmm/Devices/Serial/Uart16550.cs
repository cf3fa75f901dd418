using Kvm.Interop.Interrupts;
using static Vmm.Devices.Serial.SerialRegisters;

namespace Vmm.Devices.Serial;

/// <summary>
/// A 16550A UART (National Semiconductor PC16550D), eight byte-wide registers, on an edge-triggered interrupt wire.
/// </summary>
/// <remarks>
/// <para>Output leaves at once, so the transmitter is empty again when the guest's store returns. When the output has no room for another
/// FIFO load, THRE and TEMT stay clear until it has: the guest waits as for a slow line, its vCPU does not. A guest that stores all the same
/// loses the byte.</para>
/// <para>Input waits in a bounded queue; the receive FIFO is the first 16 bytes of it (1 with FIFOs off), so it never overruns and a full
/// queue stops the back end. The far end respects RTS: nothing is received before the guest raises RTS, enables the receive interrupt or
/// polls LSR for input. That keeps what was typed before the guest's driver was up, which clears the FIFO while it starts.</para>
/// <para>Every condition that becomes pending is one edge, also while another one is pending. New input is an edge even when older input
/// still waits, because a driver may leave its handler with input left over.</para>
/// </remarks>
public sealed partial class Uart16550 : IMmioDevice, ISerialReceiver
{
    /// <summary>The number of bytes of the register window.</summary>
    public const ulong Size = 8;

    private const int FifoSize = 16;
    private const int QueueSize = 4096;

    // A driver that starts up or prints reads LSR a few times; one that does nothing but read it waits for input.
    private const int PollsThatMeanPolling = 16;

    private readonly Lock _gate = new();
    private readonly IInterruptLine _interrupt;
    private readonly ISerialOutput _output;
    private readonly ByteRing _queue = new(QueueSize);
    private readonly ByteRing _loopback = new(FifoSize);

    private byte _ier;
    private byte _fcr;
    private byte _lcr = 0x03; // 8n1
    private byte _mcr = UART_MCR_OUT2;
    private byte _scr;
    private byte _msr = UART_MSR_DCD | UART_MSR_DSR | UART_MSR_CTS;
    private ushort _divisor = 12; // 9600 baud at 1.8432 MHz
    private bool _overrun;
    private bool _transmitterFull;
    private bool _threPending;
    private byte _signalled; // conditions, as IER bits, for which the wire has had its edge
    private int _polls;
    private bool _polling;
    private bool _roomWanted;

    /// <param name="interrupt">The wire to the interrupt controller; each newly pending condition raises it.</param>
    /// <param name="output">The sink for what the guest sends; its <see cref="ISerialOutput.Ready"/> is taken by this device.</param>
    public Uart16550(IInterruptLine interrupt, ISerialOutput output)
    {
        _interrupt = interrupt;
        _output = output;
        output.Ready = OutputReady;
    }

    /// <inheritdoc/>
    public Action? RoomAvailable { get; set; }

    private bool FifosOn => (_fcr & UART_FCR_ENABLE_FIFO) != 0;

    private bool Loop => (_mcr & UART_MCR_LOOP) != 0;

    private bool FarEndSends => (_mcr & UART_MCR_RTS) != 0 || (_ier & UART_IER_RDI) != 0 || _polling;

    private int ReceiveLevel =>
        Loop ? _loopback.Count : FarEndSends ? Math.Min(_queue.Count, FifosOn ? FifoSize : 1) : 0;

    /// <inheritdoc/>
    public void Read(ulong offset, Span<byte> data)
    {
        data.Clear(); // the registers are one byte wide; the lanes beside them carry nothing
        bool room;
        lock (_gate)
        {
            data[0] = ReadRegister((int)offset);
            room = TakeRoomWanted();
        }

        if (room)
        {
            RoomAvailable?.Invoke();
        }
    }

    /// <inheritdoc/>
    public void Write(ulong offset, ReadOnlySpan<byte> data)
    {
        bool room;
        lock (_gate)
        {
            WriteRegister((int)offset, data[0]);
            room = TakeRoomWanted();
        }

        if (room)
        {
            RoomAvailable?.Invoke();
        }
    }

    /// <inheritdoc/>
    public int ReceiveRoom()
    {
        lock (_gate)
        {
            _roomWanted = _queue.Free == 0;
            return _queue.Free;
        }
    }

    /// <inheritdoc/>
    public int Receive(ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            int taken = _queue.Write(bytes);
            if (taken > 0 && !Loop)
            {
                _signalled &= unchecked((byte)~UART_IER_RDI);
                UpdateInterrupt();
            }

            return taken;
        }
    }

    private void OutputReady()
    {
        lock (_gate)
        {
            if (_transmitterFull)
            {
                _transmitterFull = false;
                _threPending = true;
                UpdateInterrupt();
            }
        }
    }

    // Half the queue, so that the back end is woken once for many bytes.
    private bool TakeRoomWanted()
    {
        if (!_roomWanted || _queue.Free < QueueSize / 2)
        {
            return false;
        }

        _roomWanted = false;
        return true;
    }

    private byte ReadRegister(int register)
    {
        if (register != UART_LSR)
        {
            _polls = 0;
        }

        bool dlab = (_lcr & UART_LCR_DLAB) != 0;
        return register switch
        {
            UART_DLL when dlab => (byte)_divisor,
            UART_DLM when dlab => (byte)(_divisor >> 8),
            UART_RX => ReadReceiver(),
            UART_IER => _ier,
            UART_IIR => ReadInterruptIdentification(),
            UART_LCR => _lcr,
            UART_MCR => _mcr,
            UART_LSR => ReadLineStatus(),
            UART_MSR => ReadModemStatus(),
            UART_SCR => _scr,
            _ => 0,
        };
    }

    private void WriteRegister(int register, byte value)
    {
        _polls = 0;
        bool dlab = (_lcr & UART_LCR_DLAB) != 0;
        switch (register)
        {
            case UART_DLL when dlab:
                _divisor = (ushort)((_divisor & 0xff00) | value);
                break;
            case UART_DLM when dlab:
                _divisor = (ushort)((_divisor & 0x00ff) | (value << 8));
                break;
            case UART_TX:
                Transmit(value);
                break;
            case UART_IER:
                // Enabling the interrupt while the transmitter is empty makes it pending; Linux starts every transmission this way.
                _threPending |= (value & ~_ier & UART_IER_THRI) != 0 && !_transmitterFull;
                _ier = (byte)(value & (UART_IER_RDI | UART_IER_THRI | UART_IER_RLSI | UART_IER_MSI));
                break;
            case UART_FCR:
                WriteFifoControl(value);
                break;
            case UART_LCR:
                _lcr = value;
                break;
            case UART_MCR:
                WriteModemControl(value);
                break;
            case UART_SCR:
                _scr = value;
                break;
            default:
                break; // LSR and MSR are read-only
        }

        UpdateInterrupt();
    }

    private byte ReadReceiver()
    {
        if (ReceiveLevel == 0)
        {
            return 0;
        }

        byte value = (Loop ? _loopback : _queue).Take();
        UpdateInterrupt();
        return value;
    }

    private byte ReadLineStatus()
    {
        byte status = (byte)(_transmitterFull ? 0 : UART_LSR_THRE | UART_LSR_TEMT);
        if (!_polling && !_transmitterFull && ++_polls == PollsThatMeanPolling)
        {
            _polling = true;
        }

        status |= ReceiveLevel > 0 ? UART_LSR_DR : (byte)0;
        if (_overrun)
        {
            status |= UART_LSR_OE;
            _overrun = false;
            UpdateInterrupt();
        }

        return status;
    }

    private void Transmit(byte value)
    {
        if (Loop)
        {
            if (_loopback.Count >= (FifosOn ? FifoSize : 1))
            {
                _overrun = true;
            }
            else
            {
                _loopback.Write([value]);
            }

            _threPending = true;
            return;
        }

        // THRE promised room for a whole FIFO load, so a load that began before it went away is still taken.
        _transmitterFull = !_output.Write([value]);
        _threPending = !_transmitterFull;
    }

    private void WriteFifoControl(byte value)
    {
        // Switching the FIFOs on or off empties them as well.
        bool clear = (value & UART_FCR_CLEAR_RCVR) != 0 || ((value ^ _fcr) & UART_FCR_ENABLE_FIFO) != 0;
        if (clear)
        {
            _loopback.Drop(_loopback.Count);
            _polling = false;
            if ((_mcr & UART_MCR_RTS) != 0 && !Loop)
            {
                _queue.Drop(ReceiveLevel); // without RTS the far end has sent nothing yet
            }
        }

        // The other bits cannot be set while the FIFOs are off.
        _fcr = (value & UART_FCR_ENABLE_FIFO) != 0 ? (byte)(value & 0xc9) : (byte)0;
    }
}
