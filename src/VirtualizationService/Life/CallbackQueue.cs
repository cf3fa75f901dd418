using System.Collections.Concurrent;
using Virtualization.Aidl;
using Virtualization.Binder;

namespace VirtualizationService.Life;

/// <summary>Tells a VM's clients what happens to it, in the order in which it happened, on a thread of its own: a client that is slow holds up nobody else.</summary>
internal sealed class CallbackQueue : IDisposable
{
    private readonly BlockingCollection<Action<IVirtualMachineCallback>> _events = [];
    private readonly Lock _lock = new();
    private readonly List<IVirtualMachineCallback> _callbacks = [];
    private readonly Thread _thread;

    public CallbackQueue(uint cid)
    {
        _thread = new Thread(Deliver) { IsBackground = true, Name = $"callbacks {cid}" };
        _thread.Start();
    }

    /// <summary>A client that is told from here on.</summary>
    public void Add(IVirtualMachineCallback callback)
    {
        lock (_lock)
        {
            _callbacks.Add(callback);
        }
    }

    /// <summary>Something has happened.</summary>
    public void Post(Action<IVirtualMachineCallback> report)
    {
        try
        {
            _events.Add(report);
        }
        catch (InvalidOperationException)
        {
            // The VM's end has been told already; nothing comes after it.
        }
    }

    /// <summary>The last event has been posted: the thread ends when all are told.</summary>
    public void Dispose() => _events.CompleteAdding();

    /// <summary>Waits until everything is told, but not for ever.</summary>
    public bool Join(TimeSpan patience) => _thread == Thread.CurrentThread || _thread.Join(patience);

    private void Deliver()
    {
        foreach (Action<IVirtualMachineCallback> report in _events.GetConsumingEnumerable())
        {
            IVirtualMachineCallback[] callbacks;
            lock (_lock)
            {
                callbacks = [.. _callbacks];
            }

            foreach (IVirtualMachineCallback callback in callbacks)
            {
                Tell(callback, report);
            }
        }

        foreach (IDisposable proxy in _callbacks.OfType<IDisposable>())
        {
            proxy.Dispose();
        }
    }

    private void Tell(IVirtualMachineCallback callback, Action<IVirtualMachineCallback> report)
    {
        try
        {
            report(callback);
        }
        catch (BinderException)
        {
            // The client is gone, or its session: it is told nothing any more.
            lock (_lock)
            {
                _callbacks.Remove(callback);
            }

            (callback as IDisposable)?.Dispose();
        }
    }
}
