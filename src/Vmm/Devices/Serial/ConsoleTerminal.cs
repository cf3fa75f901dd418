using System.Runtime.InteropServices;
using Kvm.Interop;
using Kvm.Interop.Files;
using Kvm.Interop.Terminals;

namespace Vmm.Devices.Serial;

/// <summary>Raw mode of the terminal on standard input, taken back on every way out of the process but SIGKILL.</summary>
/// <remarks>
/// That is <see cref="Dispose"/>, <c>Environment.Exit</c>, an unhandled exception, SIGINT, SIGTERM, SIGHUP and SIGQUIT; what these signals do
/// otherwise is left to others. When the process is stopped (SIGTSTP) the terminal is given back, and taken again when it goes on in the
/// foreground (SIGCONT). A background job leaves the terminal alone.
/// </remarks>
public sealed class ConsoleTerminal : IDisposable
{
    private readonly Lock _gate = new();
    private readonly FileDescriptor _terminal;
    private readonly Action _continued;
    private readonly PosixSignalRegistration[] _signals;
    private TerminalMode? _raw;
    private bool _disposed;

    /// <summary>Takes the terminal.</summary>
    /// <param name="terminal">Stays open until this is disposed.</param>
    /// <param name="continued">Called on any thread when the process goes on after a stop.</param>
    public ConsoleTerminal(FileDescriptor terminal, Action continued)
    {
        _terminal = terminal;
        _continued = continued;
        AppDomain.CurrentDomain.ProcessExit += OnExit;
        AppDomain.CurrentDomain.UnhandledException += OnExit;
        _signals =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, _ => Release()),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => Release()),
            PosixSignalRegistration.Create(PosixSignal.SIGHUP, _ => Release()),
            PosixSignalRegistration.Create(PosixSignal.SIGQUIT, _ => Release()),
            PosixSignalRegistration.Create(PosixSignal.SIGTSTP, _ => Release()),
            PosixSignalRegistration.Create(PosixSignal.SIGCONT, signal =>
            {
                signal.Cancel = true; // the runtime would put the terminal back to what it found at its start
                Take();
                _continued();
            }),
        ];
        Take();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
        }

        Release();
        AppDomain.CurrentDomain.ProcessExit -= OnExit;
        AppDomain.CurrentDomain.UnhandledException -= OnExit;
        foreach (PosixSignalRegistration signal in _signals)
        {
            signal.Dispose();
        }
    }

    /// <summary>Takes the terminal if this process is in the foreground and has not taken it.</summary>
    public void Take()
    {
        lock (_gate)
        {
            if (_disposed || _raw is not null || !ForegroundJob.IsThisProcess())
            {
                return;
            }

            try
            {
                _raw = TerminalMode.EnterRaw(_terminal);
            }
            catch (LinuxException)
            {
                // The terminal is gone; reading it says so.
            }
        }
    }

    private void Release()
    {
        lock (_gate)
        {
            if (_raw is not null && ForegroundJob.IsThisProcess())
            {
                _raw.Dispose();
            }

            _raw = null;
        }
    }

    private void OnExit(object? sender, EventArgs e) => Release();
}
