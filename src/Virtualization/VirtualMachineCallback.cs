namespace Virtualization;

/// <summary>Is told what happens to a VM, in order; each method does nothing unless it is overridden.</summary>
/// <seealso cref="VirtualMachine.SetCallback"/>
public abstract class VirtualMachineCallback
{
    /// <summary>The payload has been started.</summary>
    public virtual void OnPayloadStarted(VirtualMachine vm)
    {
    }

    /// <summary>The payload says that it can serve.</summary>
    public virtual void OnPayloadReady(VirtualMachine vm)
    {
    }

    /// <summary>The payload has ended.</summary>
    public virtual void OnPayloadFinished(VirtualMachine vm, int exitCode)
    {
    }

    /// <summary>The guest says what went wrong.</summary>
    public virtual void OnError(VirtualMachine vm, VirtualMachineErrorCode errorCode, string message)
    {
    }

    /// <summary>The VM has stopped; nothing follows until it is run again.</summary>
    public virtual void OnStopped(VirtualMachine vm, VirtualMachineStopReason reason)
    {
    }
}
