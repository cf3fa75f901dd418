using Virtualization;

namespace VmClient;

/// <summary>Prints a VM's events in the words of <c>vm run-app</c>.</summary>
internal sealed class Printer : VirtualMachineCallback
{
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Done when the end of the VM is printed.</summary>
    public Task Stopped => _stopped.Task;

    /// <inheritdoc/>
    public override void OnPayloadStarted(VirtualMachine vm) => Console.WriteLine("payload started");

    /// <inheritdoc/>
    public override void OnPayloadReady(VirtualMachine vm) => Console.WriteLine("payload is ready");

    /// <inheritdoc/>
    public override void OnPayloadFinished(VirtualMachine vm, int exitCode) => Console.WriteLine($"payload finished with exit code {exitCode}");

    /// <inheritdoc/>
    public override void OnError(VirtualMachine vm, VirtualMachineErrorCode errorCode, string message) => Console.WriteLine($"error {errorCode}: {message}");

    /// <inheritdoc/>
    public override void OnStopped(VirtualMachine vm, VirtualMachineStopReason reason)
    {
        Console.WriteLine($"VM ended: {reason}");
        _stopped.SetResult();
    }
}
