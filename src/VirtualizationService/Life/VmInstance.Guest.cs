using Virtualization.Aidl;

namespace VirtualizationService.Life;

/// <content>What the guest says about its payload.</content>
public sealed partial class VmInstance
{
    /// <summary>The payload has started: the guest is not hung.</summary>
    /// <exception cref="RefusedException">It has come further already.</exception>
    public void PayloadStarted()
    {
        Advance(VirtualMachineState.Started);
        _callbacks.Post(callback => callback.OnPayloadStarted((int)Cid));
    }

    /// <summary>The payload can be spoken to.</summary>
    /// <exception cref="RefusedException">It has come further already.</exception>
    public void PayloadReady()
    {
        Advance(VirtualMachineState.Ready);
        _callbacks.Post(callback => callback.OnPayloadReady((int)Cid));
    }

    /// <summary>The payload has ended.</summary>
    /// <exception cref="RefusedException">It has come further already.</exception>
    public void PayloadFinished(int exitCode)
    {
        Advance(VirtualMachineState.Finished);
        _callbacks.Post(callback => callback.OnPayloadFinished((int)Cid, exitCode));
    }

    /// <summary>The guest could not run its payload.</summary>
    /// <exception cref="RefusedException">It has come further already.</exception>
    public void Error(ErrorCode code, string message)
    {
        Advance(VirtualMachineState.Finished);
        _callbacks.Post(callback => callback.OnError((int)Cid, code, message));
    }

    private void Advance(VirtualMachineState state)
    {
        lock (_lock)
        {
            if (state <= _state || _state == VirtualMachineState.NotStarted)
            {
                throw new RefusedException(Refusal.State, $"the virtual machine {Cid} cannot go from {_state} to {state}");
            }

            _state = state;
            _hangup?.Dispose();
        }
    }
}
