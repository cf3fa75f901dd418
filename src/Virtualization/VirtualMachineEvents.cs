using Virtualization.Aidl;

namespace Virtualization;

/// <summary>Passes a VM's events on to the callback that is set, in order and never two at once.</summary>
internal sealed class VirtualMachineEvents(VirtualMachine vm) : IVirtualMachineCallback
{
    private readonly Lock _lock = new();
    private VirtualMachineCallback? _callback;
    private TaskFactory _queue = Queue(TaskScheduler.Default);

    public void OnPayloadStarted(int cid) => Post(callback => callback.OnPayloadStarted(vm));

    public void OnPayloadReady(int cid) => Post(callback => callback.OnPayloadReady(vm));

    public void OnPayloadFinished(int cid, int exitCode) => Post(callback => callback.OnPayloadFinished(vm, exitCode));

    public void OnError(int cid, ErrorCode errorCode, string message) =>
        Post(callback => callback.OnError(vm, (VirtualMachineErrorCode)errorCode, message));

    public void OnDied(int cid, DeathReason reason) => Post(callback => callback.OnStopped(vm, (VirtualMachineStopReason)reason));

    internal void Set(VirtualMachineCallback? callback, TaskScheduler scheduler)
    {
        lock (_lock)
        {
            _callback = callback;
            _queue = Queue(scheduler);
        }
    }

    /// <summary>An exclusive scheduler runs one task at a time, in the order in which they were queued.</summary>
    private static TaskFactory Queue(TaskScheduler scheduler) => new(new ConcurrentExclusiveSchedulerPair(scheduler).ExclusiveScheduler);

    private void Post(Action<VirtualMachineCallback> tell)
    {
        lock (_lock)
        {
            if (_callback is { } callback)
            {
                _queue.StartNew(() => tell(callback));
            }
        }
    }
}
