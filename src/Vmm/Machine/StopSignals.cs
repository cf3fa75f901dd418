using System.Runtime.InteropServices;

namespace Vmm.Machine;

/// <summary>Turns the signals that ask a process to end into a clean stop of the VM.</summary>
internal sealed class StopSignals : IDisposable
{
    private readonly PosixSignalRegistration[] _registrations;

    /// <summary>Listens from now on.</summary>
    public StopSignals(Action stop)
    {
        PosixSignal[] signals = [PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP, PosixSignal.SIGQUIT];
        _registrations = Array.ConvertAll(signals, signal => PosixSignalRegistration.Create(signal, context =>
        {
            // Not the runtime's own end of the process: the main thread ends it, with the guest's output written and the terminal restored.
            context.Cancel = true;
            stop();
        }));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
        {
            registration.Dispose();
        }
    }
}
