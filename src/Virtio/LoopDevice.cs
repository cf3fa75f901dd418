using System.Collections.Immutable;
using Kvm.Interop.Events;
using Virtio.Queues;

namespace Virtio;

/// <summary>A device whose work is done on an <see cref="EventLoop"/>: activation, notifications and reset come to the loop's thread, one at a time.</summary>
/// <remarks>
/// A derived class needs no lock for what only the loop's thread touches; configuration is read and written by vCPU threads. What a handler throws
/// is a fault of this device alone: it then needs a reset.
/// </remarks>
public abstract class LoopDevice : IVirtioDevice
{
    private readonly LoopTask _activate;
    private readonly LoopTask _reset;
    private readonly List<EventWatch> _watches = [];
    private DeviceActivation? _pending;
    private Action? _resetDone;
    private GuestAccess? _access;

    /// <param name="loop">Does the device's work.</param>
    protected LoopDevice(EventLoop loop)
    {
        ArgumentNullException.ThrowIfNull(loop);
        Loop = loop;
        _activate = loop.CreateTask(ActivateNow);
        _reset = loop.CreateTask(ResetNow);
    }

    /// <inheritdoc/>
    public abstract VirtioDeviceType DeviceType { get; }

    /// <inheritdoc/>
    public abstract string Name { get; }

    /// <inheritdoc/>
    public abstract ulong Features { get; }

    /// <inheritdoc/>
    public abstract ImmutableArray<ushort> QueueSizes { get; }

    /// <summary>The loop that does the work.</summary>
    protected EventLoop Loop { get; }

    /// <summary>What was agreed on; null while the device is not active. For the loop's thread.</summary>
    protected DeviceActivation? Activation { get; private set; }

    /// <summary>The device's queues by number, null where the driver has none; empty while the device is not active. For the loop's thread.</summary>
    protected ImmutableArray<Virtqueue?> Queues { get; private set; } = [];

    /// <inheritdoc/>
    public virtual void ReadConfiguration(int offset, Span<byte> data) => data.Clear();

    /// <inheritdoc/>
    public virtual void WriteConfiguration(int offset, ReadOnlySpan<byte> data)
    {
    }

    /// <inheritdoc/>
    public void Activate(DeviceActivation activation)
    {
        Volatile.Write(ref _pending, activation);
        _activate.Schedule();
    }

    /// <inheritdoc/>
    public void Reset(Action done)
    {
        Volatile.Write(ref _resetDone, done);
        _reset.Schedule();
    }

    /// <summary>Ends the device's work for good. After the loop has stopped.</summary>
    public void Dispose()
    {
        Stop();
        _activate.Dispose();
        _reset.Dispose();
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Releases the back end.</summary>
    protected virtual void Dispose(bool disposing)
    {
    }

    /// <summary>The queues are open; each is served once right after.</summary>
    protected virtual void OnActivated()
    {
    }

    /// <summary>Whether the loop serves a queue. One that the kernel or another process serves is not opened here, and its notifications are left to them.</summary>
    protected virtual bool Serves(int queue, DeviceActivation activation) => true;

    /// <summary>The driver has notified a queue.</summary>
    /// <returns>True to be called again soon: there is more to do, and other devices come first.</returns>
    protected abstract bool OnNotified(Virtqueue queue);

    /// <summary>Forget every buffer: the queues are closed when this returns.</summary>
    protected virtual void OnReset()
    {
    }

    private void ActivateNow()
    {
        if (Interlocked.Exchange(ref _pending, null) is not { } activation)
        {
            return;
        }

        Activation = activation;
        // Only where a queue is opened: on a protected guest it takes memory of its own.
        GuestAccess Access() => _access ??= new GuestAccess(activation.Memory, activation.IsProtected);
        Queues = [.. activation.Queues.Select((setup, i) => Serves(i, activation) ? setup?.Open(activation, Access()) : null)];
        Guard(OnActivated);
        for (int i = 0; i < Queues.Length; i++)
        {
            if (Queues[i] is { } queue)
            {
                EventFd kick = activation.Queues[i]!.Kick;
                _watches.Add(Loop.Watch(kick, EpollEvents.EPOLLIN, _ =>
                {
                    kick.TryConsume();
                    Serve(queue, kick);
                }));
                Serve(queue, kick);
            }
        }
    }

    private void Serve(Virtqueue queue, EventFd kick)
    {
        try
        {
            if (OnNotified(queue))
            {
                kick.Signal();
            }
        }
        catch (Exception e)
        {
            Activation?.Fail($"{e.GetType().Name}: {e.Message}");
        }
    }

    private void Guard(Action action)
    {
        try
        {
            action();
        }
        catch (Exception e)
        {
            Activation?.Fail($"{e.GetType().Name}: {e.Message}");
        }
    }

    private void ResetNow()
    {
        // Asked for before it began: it never will.
        Interlocked.Exchange(ref _pending, null);
        Stop();
        Interlocked.Exchange(ref _resetDone, null)?.Invoke();
    }

    private void Stop()
    {
        _watches.ForEach(watch => watch.Dispose());
        _watches.Clear();
        if (Activation is not null)
        {
            Guard(OnReset);
        }

        Queues = [];
        Activation = null;
        _access?.Dispose();
        _access = null;
    }
}
