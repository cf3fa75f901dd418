using Virtualization.Aidl;
using Virtualization.Binder;

namespace Virtualization;

/// <summary>What a VM's callbacks told, and who waits for it.</summary>
/// <remarks>The state comes first, so that the observer sees it; then the observer, so that who waits for the state can rely on the observer having been told.</remarks>
/// <param name="observer">Is told everything too; null for nobody.</param>
internal sealed class VmInstanceEvents(IVirtualMachineCallback? observer) : VirtualMachineCallbackStub, IDeathRecipient, IDisposable
{
    private readonly Lock _lock = new();
    private readonly List<(VirtualMachineState State, TaskCompletionSource Waiter)> _waiters = [];
    private VirtualMachineState _furthest;
    private VirtualMachineState _told;
    private IBinder? _service;
    private string? _error;
    private bool _disposed;

    internal VirtualMachineState State
    {
        get
        {
            lock (_lock)
            {
                return StopReason is null ? _furthest : VirtualMachineState.Dead;
            }
        }
    }

    internal VirtualMachineStopReason? StopReason { get; private set; }

    internal int? PayloadExitCode { get; private set; }

    /// <summary>The reason in one phrase, with what the guest said before.</summary>
    internal string StopDescription
    {
        get
        {
            lock (_lock)
            {
                return _error is null ? $"{StopReason}" : $"{StopReason} ({_error})";
            }
        }
    }

    public override void OnPayloadStarted(int cid)
    {
        Advance(VirtualMachineState.Started, observer => observer.OnPayloadStarted(cid));
    }

    public override void OnPayloadReady(int cid)
    {
        Advance(VirtualMachineState.Ready, observer => observer.OnPayloadReady(cid));
    }

    public override void OnPayloadFinished(int cid, int exitCode)
    {
        lock (_lock)
        {
            PayloadExitCode = exitCode;
        }

        Advance(VirtualMachineState.Finished, observer => observer.OnPayloadFinished(cid, exitCode));
    }

    public override void OnError(int cid, ErrorCode errorCode, string message)
    {
        lock (_lock)
        {
            _error = message;
        }

        observer?.OnError(cid, errorCode, message);
    }

    public override void OnDied(int cid, DeathReason reason) => Die((VirtualMachineStopReason)reason, cid);

    /// <summary>The service has died, and every VM with it; nobody else will say so.</summary>
    public void BinderDied(IBinder who) => Die(VirtualMachineStopReason.VirtualizationServiceDied, Cid);

    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
        }

        _service?.UnlinkToDeath(this);
        // The reference to the VM is about to go, and with it the VM: those who wait would wait for ever.
        Die(VirtualMachineStopReason.Killed, Cid);
    }

    /// <summary>The CID, for the death that the service cannot tell of.</summary>
    internal int Cid { get; set; }

    internal void WatchService(IBinder service)
    {
        _service = service;
        service.LinkToDeath(this);
    }

    internal bool HasPassed(VirtualMachineState state)
    {
        lock (_lock)
        {
            return _furthest >= state;
        }
    }

    internal void Advance(VirtualMachineState state, Action<IVirtualMachineCallback>? tell = null)
    {
        lock (_lock)
        {
            _furthest = state > _furthest ? state : _furthest;
        }

        Tell(tell, state);
    }

    /// <summary>Done when the VM is in that state or has been, or is dead.</summary>
    internal Task Reached(VirtualMachineState state)
    {
        lock (_lock)
        {
            if (_told >= state)
            {
                return Task.CompletedTask;
            }

            // The continuations are the caller's code and must not run under the lock.
            TaskCompletionSource waiter = new(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiters.Add((state, waiter));
            return waiter.Task;
        }
    }

    private void Die(VirtualMachineStopReason reason, int cid)
    {
        bool isTold;
        lock (_lock)
        {
            if (StopReason is not null)
            {
                return;
            }

            StopReason = reason;
            isTold = !_disposed;
        }

        Tell(isTold ? observer => observer.OnDied(cid, (DeathReason)reason) : null, VirtualMachineState.Dead);
    }

    private void Tell(Action<IVirtualMachineCallback>? tell, VirtualMachineState state)
    {
        try
        {
            if (observer is not null)
            {
                tell?.Invoke(observer);
            }
        }
        finally
        {
            Release(state);
        }
    }

    private void Release(VirtualMachineState state)
    {
        lock (_lock)
        {
            _told = state > _told ? state : _told;
            foreach ((VirtualMachineState awaited, TaskCompletionSource waiter) in _waiters)
            {
                if (awaited <= state)
                {
                    waiter.TrySetResult();
                }
            }

            _waiters.RemoveAll(waiter => waiter.State <= state);
        }
    }
}
