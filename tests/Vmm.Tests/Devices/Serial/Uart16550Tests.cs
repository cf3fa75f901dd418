using Vmm.Devices.Serial;
using static Vmm.Devices.Serial.SerialRegisters;

namespace Vmm.Tests.Devices.Serial;

public sealed class Uart16550Tests
{
    private readonly RecordingLine _line = new();
    private readonly RecordingOutput _output = new();
    private readonly Uart16550 _uart;

    public Uart16550Tests() => _uart = new Uart16550(_line, _output);

    private byte Lsr => _uart.Read8(UART_LSR);

    private int InterruptId => _uart.Read8(UART_IIR) & 0x0f;

    // What Linux leaves a port in that is open: FIFOs on, trigger 8, receive interrupts, DTR, RTS and OUT2.
    private void Open()
    {
        _uart.Write8(UART_FCR, UART_FCR_ENABLE_FIFO | 0x80);
        _uart.Write8(UART_MCR, UART_MCR_DTR | UART_MCR_RTS | UART_MCR_OUT2);
        _uart.Write8(UART_IER, UART_IER_RDI | UART_IER_RLSI);
    }

    [Fact]
    public void A_stored_byte_reaches_the_sink_at_once_and_the_transmitter_is_empty_again()
    {
        _uart.Write8(UART_TX, (byte)'$');

        Assert.Equal("$", _output.Text);
        Assert.Equal(UART_LSR_THRE | UART_LSR_TEMT, Lsr);
        Assert.Equal(0, _line.Raised);
    }

    [Fact]
    public void Linux_autoconfig_finds_a_16550A()
    {
        // drivers/tty/serial/8250/8250_port.c, autoconfig() and autoconfig_16550a()
        byte ier = _uart.Read8(UART_IER);
        _uart.Write8(UART_IER, 0);
        Assert.Equal(0, _uart.Read8(UART_IER) & 0x0f);
        _uart.Write8(UART_IER, 0x0f);
        Assert.Equal(0x0f, _uart.Read8(UART_IER) & 0x0f);
        _uart.Write8(UART_IER, ier);

        byte mcr = _uart.Read8(UART_MCR);
        _uart.Write8(UART_MCR, UART_MCR_LOOP | 0x0a);
        Assert.Equal(0x90, _uart.Read8(UART_MSR) & 0xf0);
        _uart.Write8(UART_MCR, mcr);

        _uart.Write8(UART_LCR, 0xbf);
        _uart.Write8(2, 0); // EFR, which this chip has not
        _uart.Write8(UART_LCR, 0);
        _uart.Write8(UART_FCR, UART_FCR_ENABLE_FIFO);
        Assert.Equal(3, _uart.Read8(UART_IIR) >> 6);

        _uart.Write8(UART_LCR, UART_LCR_DLAB);
        Assert.NotEqual(0, _uart.Read8(2)); // not an ST16650
        _uart.Write8(UART_LCR, 0);
        _uart.Write8(UART_FCR, UART_FCR_ENABLE_FIFO | 0x20);
        Assert.Equal(0, _uart.Read8(UART_IIR) & 0x20); // no 64-byte FIFO, not a 16750
        _uart.Write8(UART_IER, 0x40);
        Assert.Equal(0, _uart.Read8(UART_IER)); // no UUE bit, not an XScale
    }

    [Theory]
    [InlineData(true, 16)]
    [InlineData(false, 1)]
    public void Linux_size_fifo_counts_the_bytes_that_loopback_holds(bool fifos, int expected)
    {
        _uart.Write8(UART_FCR, (byte)(fifos ? UART_FCR_ENABLE_FIFO | UART_FCR_CLEAR_RCVR : 0));
        _uart.Write8(UART_MCR, UART_MCR_LOOP);
        for (int i = 0; i < 256; i++)
        {
            _uart.Write8(UART_TX, (byte)i);
        }

        Assert.Equal(UART_LSR_OE, Lsr & UART_LSR_OE);
        Assert.Equal(0, Lsr & UART_LSR_OE); // reading cleared it
        int count = 0;
        while ((Lsr & UART_LSR_DR) != 0)
        {
            Assert.Equal((byte)count, _uart.Read8(UART_RX));
            count++;
        }

        Assert.Equal(expected, count);
        Assert.Equal(0, _output.Count);
    }

    [Fact]
    public void The_divisor_hides_behind_DLAB()
    {
        _uart.Write8(UART_LCR, UART_LCR_DLAB | 3);
        _uart.Write8(UART_DLL, 0x34);
        _uart.Write8(UART_DLM, 0x12);
        Assert.Equal(0x34, _uart.Read8(UART_DLL));
        Assert.Equal(0x12, _uart.Read8(UART_DLM));
        _uart.Write8(UART_LCR, 3);
        Assert.Equal(0, _uart.Read8(UART_IER));
        Assert.Equal(0, _output.Count);
    }

    [Fact]
    public void Linux_startup_sees_THRE_reasserted_each_time_its_interrupt_is_enabled()
    {
        // serial8250_do_startup(), "Test for UARTs that do not reassert THRE", then the TXEN test
        _uart.Write8(UART_IER, UART_IER_THRI);
        Assert.Equal(1, _line.Raised);
        Assert.Equal(UART_IIR_THRI, InterruptId);
        Assert.Equal(UART_IIR_NO_INT, InterruptId);
        _uart.Write8(UART_IER, 0);
        _uart.Write8(UART_IER, UART_IER_THRI);
        Assert.Equal(UART_IIR_THRI, InterruptId);
        Assert.Equal(2, _line.Raised);
        _uart.Write8(UART_IER, 0);

        _uart.Write8(UART_IER, UART_IER_THRI);
        Assert.Equal(UART_LSR_TEMT, Lsr & UART_LSR_TEMT);
        Assert.Equal(UART_IIR_THRI, InterruptId);
    }

    [Fact]
    public void Linux_transmits_a_long_text_from_interrupts_alone()
    {
        Open();
        string text = string.Concat(Enumerable.Range(0, 500).Select(i => $"line {i}\r\n"));
        int sent = 0;
        int seen = _line.Raised;
        _uart.Write8(UART_IER, UART_IER_RDI | UART_IER_RLSI | UART_IER_THRI); // __start_tx()
        while (_line.Raised > seen)
        {
            seen = _line.Raised; // the interrupt is taken
            while ((_uart.Read8(UART_IIR) & UART_IIR_NO_INT) == 0)
            {
                for (int i = 0; i < 16 && sent < text.Length && (i > 0 || (Lsr & UART_LSR_THRE) != 0); i++)
                {
                    _uart.Write8(UART_TX, (byte)text[sent++]);
                }

                if (sent == text.Length)
                {
                    _uart.Write8(UART_IER, UART_IER_RDI | UART_IER_RLSI); // __stop_tx()
                }
            }
        }

        Assert.Equal(text, _output.Text);
    }

    [Fact]
    public void One_FIFO_load_costs_one_edge()
    {
        Open();
        _uart.Write8(UART_IER, UART_IER_THRI);
        int before = _line.Raised;
        Assert.Equal(UART_IIR_THRI, InterruptId);
        for (int i = 0; i < 16; i++)
        {
            _uart.Write8(UART_TX, (byte)'x');
        }

        Assert.Equal(before + 1, _line.Raised);
    }

    [Fact]
    public void A_full_output_withholds_THRE_and_its_interrupt_until_there_is_room()
    {
        Open();
        _output.Limit(40);
        _uart.Write8(UART_IER, UART_IER_THRI);
        Assert.Equal(UART_IIR_THRI, InterruptId);
        for (int i = 0; i < 40; i++)
        {
            _uart.Write8(UART_TX, (byte)('a' + (i % 26))); // more than one load after THRE was last seen
        }

        Assert.Equal(40, _output.Count); // a load that had begun was still taken
        Assert.Equal(0, Lsr & (UART_LSR_THRE | UART_LSR_TEMT));
        Assert.Equal(UART_IIR_NO_INT, InterruptId);
        _uart.Write8(UART_TX, (byte)'!');
        Assert.Equal(40, _output.Count);

        int before = _line.Raised;
        _output.Limit(1000);
        Assert.Equal(before + 1, _line.Raised);
        Assert.Equal(UART_IIR_THRI, InterruptId);
        Assert.Equal(UART_LSR_THRE | UART_LSR_TEMT, Lsr);
    }

    [Fact]
    public void Input_raises_an_edge_and_shows_as_timeout_below_the_trigger_and_as_data_above()
    {
        Open(); // trigger 8
        Assert.Equal(3, _uart.Receive("abc"u8));
        Assert.Equal(1, _line.Raised);
        Assert.Equal(UART_IIR_RX_TIMEOUT, InterruptId);
        _uart.Receive("defgh"u8);
        Assert.Equal(2, _line.Raised);
        Assert.Equal(UART_IIR_RDI, InterruptId);
        for (int i = 0; i < 8; i++)
        {
            Assert.Equal(UART_LSR_DR, Lsr & UART_LSR_DR);
            Assert.Equal('a' + i, _uart.Read8(UART_RX));
        }

        Assert.Equal(0, Lsr & UART_LSR_DR);
        Assert.Equal(UART_IIR_NO_INT, InterruptId);
        Assert.False(_line.Level);
        Assert.Equal(0, _uart.Read8(UART_RX));
    }

    [Fact]
    public void Conditions_are_reported_in_the_order_of_the_data_sheet()
    {
        _uart.Write8(UART_FCR, UART_FCR_ENABLE_FIFO);
        _uart.Write8(UART_MCR, UART_MCR_LOOP);
        _uart.Read8(UART_MSR);
        _uart.Write8(UART_IER, 0x0f);
        Assert.Equal(UART_IIR_THRI, InterruptId);
        _uart.Write8(UART_MCR, UART_MCR_LOOP | UART_MCR_RTS);
        for (int i = 0; i < 17; i++)
        {
            _uart.Write8(UART_TX, 0);
        }

        Assert.Equal(UART_IIR_RLSI, InterruptId);
        Assert.Equal(UART_LSR_OE, Lsr & UART_LSR_OE);
        Assert.Equal(UART_IIR_RDI, InterruptId);
        while ((Lsr & UART_LSR_DR) != 0)
        {
            _uart.Read8(UART_RX);
        }

        Assert.Equal(UART_IIR_THRI, InterruptId);
        Assert.Equal(UART_IIR_MSI, InterruptId);
        Assert.Equal(UART_MSR_CTS | 1, _uart.Read8(UART_MSR));
        Assert.Equal(UART_IIR_NO_INT, InterruptId);
    }

    [Fact]
    public void A_condition_that_becomes_pending_beside_another_has_its_own_edge()
    {
        Open();
        _uart.Receive("x"u8);
        Assert.Equal(1, _line.Raised);
        _uart.Write8(UART_IER, UART_IER_RDI | UART_IER_THRI);
        Assert.Equal(2, _line.Raised);
        Assert.Equal(UART_IIR_RX_TIMEOUT, InterruptId);
        _uart.Read8(UART_RX);
        Assert.Equal(UART_IIR_THRI, InterruptId);
    }

    [Fact]
    public void Only_the_trailing_edge_of_the_ring_indicator_counts()
    {
        _uart.Write8(UART_MCR, UART_MCR_LOOP);
        _uart.Read8(UART_MSR);
        _uart.Write8(UART_MCR, UART_MCR_LOOP | UART_MCR_OUT1);
        Assert.Equal(UART_MSR_RI, _uart.Read8(UART_MSR));
        _uart.Write8(UART_MCR, UART_MCR_LOOP);
        Assert.Equal(UART_MSR_TERI, _uart.Read8(UART_MSR));
        Assert.Equal(0, _uart.Read8(UART_MSR));
    }

    [Fact]
    public void What_was_typed_before_the_driver_was_up_survives_its_startup()
    {
        _uart.Receive("typed early"u8);
        Assert.Equal(0, _line.Raised);

        _uart.Write8(UART_IER, 0x0f); // autoconfig
        _uart.Write8(UART_IER, 0);
        _uart.Write8(UART_FCR, 1); // serial8250_clear_fifos()
        _uart.Write8(UART_FCR, 7);
        _uart.Write8(UART_FCR, 0);
        foreach (int register in (int[])[UART_LSR, UART_RX, UART_IIR, UART_MSR, UART_LSR])
        {
            _uart.Read8((ulong)register);
        }

        _uart.Write8(UART_MCR, UART_MCR_OUT2);
        _uart.Write8(UART_IER, UART_IER_RDI | UART_IER_RLSI); // serial8250_do_set_termios()
        _uart.Write8(UART_FCR, UART_FCR_ENABLE_FIFO);
        _uart.Write8(UART_FCR, UART_FCR_ENABLE_FIFO | 0x80);
        _uart.Write8(UART_MCR, UART_MCR_DTR | UART_MCR_RTS | UART_MCR_OUT2);

        Assert.True(_line.Raised > 0);
        Assert.Equal("typed early", Drain());
    }

    [Fact]
    public void A_guest_that_only_polls_gets_its_input()
    {
        _uart.Receive("ok"u8);
        int polls = 0;
        while ((Lsr & UART_LSR_DR) == 0 && polls < 100)
        {
            polls++;
        }

        Assert.InRange(polls, 2, 20);
        Assert.Equal("ok", Drain());
    }

    [Fact]
    public void Clearing_the_receive_FIFO_drops_what_it_holds_and_nothing_behind_it()
    {
        Open();
        _uart.Receive("0123456789abcdefREST"u8);
        _uart.Write8(UART_FCR, UART_FCR_ENABLE_FIFO | UART_FCR_CLEAR_RCVR);
        Assert.Equal("REST", Drain());
    }

    [Fact]
    public void A_paste_of_one_MiB_arrives_whole_through_a_bounded_queue()
    {
        Open();
        byte[] paste = new byte[1 << 20];
        new Random(1).NextBytes(paste);
        int offered = 0;
        int wakeUps = 0;
        int edgesTaken = 0;
        bool stopped = false;
        _uart.RoomAvailable = () =>
        {
            wakeUps++;
            stopped = false;
        };
        List<byte> received = new(paste.Length);
        int rounds = 0;
        while (received.Count < paste.Length)
        {
            // The back end offers what fits and stops; the guest drains up to 256 bytes an interrupt, as Linux does.
            while (offered < paste.Length && !stopped)
            {
                int room = _uart.ReceiveRoom();
                Assert.InRange(room, 0, 4096);
                stopped = room == 0;
                offered += _uart.Receive(paste.AsSpan(offered, Math.Min(room, paste.Length - offered)));
            }

            Assert.True(_line.Raised > edgesTaken || (_uart.Read8(UART_IIR) & UART_IIR_NO_INT) == 0);
            edgesTaken = _line.Raised;
            for (int i = 0; i < 256 && (Lsr & UART_LSR_DR) != 0; i++)
            {
                received.Add(_uart.Read8(UART_RX));
            }

            rounds++;
        }

        Assert.Equal(paste, received);
        Assert.True(wakeUps > 0);
        Assert.True(rounds >= paste.Length / 256);
    }

    [Fact]
    public void A_full_queue_takes_nothing_more_and_asks_once_when_half_of_it_is_free()
    {
        Open();
        int asked = 0;
        _uart.RoomAvailable = () => asked++;
        Assert.Equal(4096, _uart.Receive(new byte[5000]));
        Assert.Equal(0, _uart.Receive([1]));
        Assert.Equal(0, _uart.ReceiveRoom());
        for (int i = 0; i < 2047; i++)
        {
            _uart.Read8(UART_RX);
        }

        Assert.Equal(0, asked);
        _uart.Read8(UART_RX);
        _uart.Read8(UART_RX);
        Assert.Equal(1, asked);
    }

    [Fact]
    public void Every_register_at_every_offset_and_width_is_harmless()
    {
        foreach (int width in MmioAccess.Widths)
        {
            for (ulong offset = 0; offset + (ulong)width <= Uart16550.Size; offset++)
            {
                _uart.Store(offset, ulong.MaxValue, width);
                ulong value = _uart.Load(offset, width);
                Assert.InRange(value, 0ul, 0xfful); // the lanes beside the register read as zero
            }
        }
    }

    [Fact]
    public void A_random_driver_of_100000_steps_breaks_no_invariant_and_allocates_nothing()
    {
        byte[] input = new byte[5];
        Random random = new(7);
        long allocated = _uart.Hammer(Uart16550.Size, 100_000, seed: 42, between: () =>
        {
            if (random.Next(4) == 0)
            {
                _uart.Receive(input);
            }

            byte iir = _uart.Read8(UART_IIR);
            if ((iir & 0x30) != 0 || _uart.ReceiveRoom() is < 0 or > 4096)
            {
                throw new InvalidOperationException($"IIR 0x{iir:x2}");
            }
        });
        Assert.Equal(0, allocated);
    }

    [Fact]
    public void No_pending_condition_is_ever_without_an_edge()
    {
        // An edge-triggered controller: the handler runs only after an edge, and reads until IIR says that nothing is pending.
        Random random = new(3);
        Open();
        for (int step = 0; step < 100_000; step++)
        {
            int before = _line.Raised;
            switch (random.Next(5))
            {
                case 0:
                    _uart.Receive([(byte)step]);
                    break;
                case 1:
                    _uart.Write8(UART_IER, (byte)random.Next(16));
                    break;
                case 2:
                    _uart.Write8(UART_TX, 0);
                    break;
                case 3:
                    _uart.Write8(UART_MCR, (byte)(random.Next(32)));
                    break;
                default:
                    _output.Limit(random.Next(2) == 0 ? _output.Count + random.Next(20) : int.MaxValue);
                    break;
            }

            if (_line.Raised == before)
            {
                Assert.Equal(UART_IIR_NO_INT, InterruptId);
                continue;
            }

            for (int passes = 0; (_uart.Read8(UART_IIR) & UART_IIR_NO_INT) == 0; passes++)
            {
                Assert.InRange(passes, 0, 5000);
                _uart.Read8(UART_LSR);
                _uart.Read8(UART_RX);
                _uart.Read8(UART_MSR);
            }
        }
    }

    private string Drain()
    {
        System.Text.StringBuilder text = new();
        while ((Lsr & UART_LSR_DR) != 0)
        {
            text.Append((char)_uart.Read8(UART_RX));
        }

        return text.ToString();
    }
}
