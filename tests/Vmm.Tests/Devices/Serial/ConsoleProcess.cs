using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text;
using Kvm.Interop.Events;
using Kvm.Interop.Files;
using Kvm.Interop.Terminals;
using Vmm.Configuration;
using Vmm.Devices.Serial;
using static Vmm.Devices.Serial.SerialRegisters;

namespace Vmm.Tests.Devices.Serial;

/// <summary>A process of this same program whose standard streams are a new terminal and whose guest echoes what is typed.</summary>
internal sealed class ConsoleProcess : IDisposable
{
    private const string Switch = "VMM_TEST_CONSOLE_PROCESS";
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly PseudoTerminal _terminal = PseudoTerminal.Open();
    private readonly FileDescriptor _userEnd;
    private readonly Process _process;
    private readonly StringBuilder _seen = new();

    internal ConsoleProcess()
    {
        _userEnd = _terminal.OpenUserEnd(); // keeps the settings alive
        _terminal.Master.SetNonBlocking(true);
        Before = Settings();
        // setsid, so that the job control that the test runner may be under stays out of it.
        ProcessStartInfo start = new("/bin/sh", ["-c", "exec setsid dotnet exec \"$1\" <\"$0\" >\"$0\" 2>&1", _terminal.Path, typeof(ConsoleProcess).Assembly.Location]);
        start.Environment[Switch] = "1";
        _process = Process.Start(start)!;
        Expect("ready\r\n");
    }

    /// <summary>The terminal's settings before the process started.</summary>
    internal string Before { get; }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
        _userEnd.Dispose();
        _terminal.Dispose();
    }

    /// <summary>The terminal's settings, as stty(1) saves them.</summary>
    internal string Settings()
    {
        using Process stty = Process.Start(new ProcessStartInfo("stty", ["-g", "-F", _terminal.Path]) { RedirectStandardOutput = true })!;
        return stty.StandardOutput.ReadToEnd();
    }

    internal void Type(string keys) => _terminal.Master.WriteAll(Encoding.Latin1.GetBytes(keys));

    /// <summary>Waits for text on the terminal and forgets everything up to its end.</summary>
    internal void Expect(string text)
    {
        byte[] buffer = new byte[4096];
        Stopwatch clock = Stopwatch.StartNew();
        while (!_seen.ToString().Contains(text, StringComparison.Ordinal))
        {
            Assert.True(clock.Elapsed < s_patience, $"'{text}' was not printed, but '{_seen}'");
            if (_terminal.Master.WaitReadable(100) && _terminal.Master.Read(buffer) is var count and > 0)
            {
                _seen.Append(Encoding.Latin1.GetString(buffer, 0, count));
            }
        }

        string all = _seen.ToString();
        _seen.Clear().Append(all.AsSpan(all.IndexOf(text, StringComparison.Ordinal) + text.Length));
    }

    internal void Signal(string name)
    {
        using Process kill = Process.Start("kill", ["-" + name, _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    internal int ExitCode()
    {
        Assert.True(_process.WaitForExit(s_patience), "the process did not end");
        return _process.ExitCode;
    }

#pragma warning disable CA2255 // this is a program as well: the one that the test starts
    [ModuleInitializer]
    internal static void Run()
    {
        if (Environment.GetEnvironmentVariable(Switch) is not null)
        {
            Environment.Exit(RunConsole());
        }
    }
#pragma warning restore CA2255

    private static int RunConsole()
    {
        using ManualResetEventSlim quit = new();
        using EventLoop loop = new("console", error => throw error);
        SerialConfig config = new() { Backend = SerialBackend.Stdout, Stdin = true };
        using SerialPorts ports = SerialPorts.Open([config], loop, _ => new RecordingLine(), quit.Set, _ => { });
        loop.Start();
        Uart16550 uart = ports.Uarts[0];
        uart.Write8(UART_MCR, UART_MCR_RTS);
        foreach (byte value in "ready\r\n"u8)
        {
            uart.Write8(UART_TX, value);
        }

        while (!quit.Wait(1))
        {
            while ((uart.Read8(UART_LSR) & UART_LSR_DR) != 0)
            {
                byte key = uart.Read8(UART_RX);
                switch (key)
                {
                    case (byte)'E':
                        Environment.Exit(7);
                        break;
                    case (byte)'T':
                        throw new InvalidOperationException("thrown on purpose");
                    default:
                        uart.Write8(UART_TX, key);
                        break;
                }
            }
        }

        foreach (byte value in "last words\r\n"u8)
        {
            uart.Write8(UART_TX, value);
        }

        return 0;
    }
}
