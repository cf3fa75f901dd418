using System.Diagnostics;
using System.Text;
using Kvm.Interop.Events;
using Vmm.Configuration;
using Vmm.Devices.Serial;
using static Vmm.Devices.Serial.SerialRegisters;

namespace Vmm.Tests.Devices.Serial;

/// <summary>Port 1 of a machine with a guest that prints when the transmitter allows it and collects what it is sent.</summary>
internal sealed class SerialPortHarness : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    private readonly EventLoop _loop;
    private readonly SerialPorts _ports;

    internal SerialPortHarness(SerialConfig config)
    {
        _loop = new EventLoop("test serial", error => Errors.Add(error.ToString()));
        try
        {
            _ports = SerialPorts.Open([config], _loop, _ => Line, () => Quits++, Reports.Add);
        }
        catch
        {
            _loop.Dispose();
            throw;
        }

        _loop.Start();
        Uart.Write8(UART_FCR, UART_FCR_ENABLE_FIFO | 0x80);
        Uart.Write8(UART_MCR, UART_MCR_DTR | UART_MCR_RTS | UART_MCR_OUT2);
        Uart.Write8(UART_IER, UART_IER_RDI);
    }

    internal Uart16550 Uart => _ports.Uarts[0];

    internal RecordingLine Line { get; } = new();

    internal List<string> Errors { get; } = [];

    internal List<string> Reports { get; } = [];

    internal int Quits { get; private set; }

    internal bool CanPrint => (Uart.Read8(UART_LSR) & UART_LSR_THRE) != 0;

    public void Dispose()
    {
        _ports.Dispose();
        _loop.Dispose();
        Assert.Empty(Errors);
    }

    internal static void Until(Func<bool> condition, string what)
    {
        Stopwatch clock = Stopwatch.StartNew();
        while (!condition())
        {
            if (clock.Elapsed > s_patience)
            {
                throw new TimeoutException(what);
            }

            Thread.Sleep(1);
        }
    }

    /// <summary>Prints as Linux's console does: it waits for the transmitter.</summary>
    internal void Print(string text) => Print(Encoding.Latin1.GetBytes(text));

    internal void Print(ReadOnlySpan<byte> bytes)
    {
        for (int i = 0; i < bytes.Length; i++)
        {
            if (i % 16 == 0)
            {
                Until(() => CanPrint, "the transmitter did not become empty");
            }

            Uart.Write8(UART_TX, bytes[i]);
        }
    }

    /// <summary>Prints until the transmitter is withheld for a while; returns how much that was.</summary>
    internal int PrintUntilStuck(int limit)
    {
        int printed = 0;
        while (printed < limit)
        {
            Stopwatch clock = Stopwatch.StartNew();
            while (!CanPrint)
            {
                if (clock.ElapsedMilliseconds > 100)
                {
                    return printed;
                }

                Thread.Sleep(1);
            }

            for (int i = 0; i < 16; i++)
            {
                Uart.Write8(UART_TX, (byte)printed++);
            }
        }

        return printed;
    }

    internal byte[] Receive(int count)
    {
        byte[] received = new byte[count];
        for (int i = 0; i < count; i++)
        {
            Until(() => (Uart.Read8(UART_LSR) & UART_LSR_DR) != 0, $"only {i} of {count} bytes arrived");
            received[i] = Uart.Read8(UART_RX);
        }

        return received;
    }

    internal string ReceiveText(int count) => Encoding.Latin1.GetString(Receive(count));
}
