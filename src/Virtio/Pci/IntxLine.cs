using Kvm.Interop.Events;

namespace Virtio.Pci;

/// <summary>One level-triggered interrupt line, shared by the functions whose pins are wired to it.</summary>
/// <remarks>
/// The line is an irqfd with resampling: a signal raises it, and when the guest ends the interrupt the kernel lowers it and asks back. It is raised
/// again as long as any function asserts its pin, so an assertion that came while the line was high is not lost.
/// </remarks>
public sealed class IntxLine : IDisposable
{
    private readonly EventWatch _watch;
    private IIntxSource[] _sources = [];

    /// <param name="loop">Answers the kernel.</param>
    /// <param name="name">The line, for error messages.</param>
    public IntxLine(EventLoop loop, string name)
    {
        ArgumentNullException.ThrowIfNull(loop);
        Trigger = new EventFd($"{name} raise");
        Resample = new EventFd($"{name} resample");
        _watch = loop.Watch(Resample, EpollEvents.EPOLLIN, _ => OnResample());
    }

    /// <summary>Raises the line; for the irqfd.</summary>
    public EventFd Trigger { get; }

    /// <summary>Is signalled when the guest has ended the interrupt; for the irqfd.</summary>
    public EventFd Resample { get; }

    /// <summary>Wires a function's pin to the line; before the guest runs.</summary>
    public void Attach(IIntxSource source) => _sources = [.. _sources, source];

    /// <summary>Raises the line for a function that has just asserted its pin. From any thread: one system call.</summary>
    public void Raise() => Trigger.Signal();

    /// <summary>Ends the watch. After the functions.</summary>
    public void Dispose()
    {
        _watch.Dispose();
        Trigger.Dispose();
        Resample.Dispose();
    }

    private void OnResample()
    {
        // Consumed before the pins are looked at: what is asserted later raises the line by itself.
        Resample.TryConsume();
        foreach (IIntxSource source in _sources)
        {
            if (source.IsAsserted)
            {
                Trigger.Signal();
                return;
            }
        }
    }
}
