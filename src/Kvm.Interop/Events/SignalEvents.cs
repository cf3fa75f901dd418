using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace Kvm.Interop.Events;

/// <summary>Process signals (SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH) as an eventfd, so that a loop around <see cref="Epoll"/> sees them.</summary>
/// <remarks>
/// Not signalfd(2): that needs the signals blocked in every thread, and the runtime starts threads of its own before the program can block
/// anything. Instead the runtime's handler, which only writes to a pipe, wakes its signal thread, and the callback here raises the eventfd.
/// While the object lives, the signals' default action (to end the process) is off.
/// </remarks>
public sealed class SignalEvents : IDisposable
{
    private readonly ConcurrentQueue<PosixSignal> _received = new();
    private readonly List<PosixSignalRegistration> _registrations = [];

    /// <summary>Starts to receive.</summary>
    /// <param name="signals">Which signals.</param>
    /// <exception cref="LinuxException">The process has no descriptor left (EMFILE).</exception>
    public SignalEvents(params ReadOnlySpan<PosixSignal> signals)
    {
        Event = new EventFd("signals");
        foreach (PosixSignal signal in signals)
        {
            _registrations.Add(PosixSignalRegistration.Create(signal, OnSignal));
        }
    }

    /// <summary>Is raised for each signal; consume it, then take signals until there are none.</summary>
    public EventFd Event { get; }

    /// <summary>Takes the oldest signal that was received.</summary>
    public bool TryTake(out PosixSignal signal) => _received.TryDequeue(out signal);

    /// <summary>Gives the signals their former action back.</summary>
    public void Dispose()
    {
        // A registration's disposal waits for a callback that is running, so the eventfd goes last.
        _registrations.ForEach(registration => registration.Dispose());
        Event.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        context.Cancel = true;
        _received.Enqueue(context.Signal);
        try
        {
            Event.Signal();
        }
        catch (ObjectDisposedException)
        {
            // The signal came while the last registration was on its way out: nobody listens any more.
        }
    }
}
