using Kvm.Interop.Files;
using Virtualization.Aidl;
using VirtualizationService.Life;

namespace VirtualizationService.Rpc;

/// <summary>A client's reference to a VM. With the last one the VM ends.</summary>
/// <param name="vm">The VM.</param>
/// <param name="released">Called with the last reference.</param>
internal sealed class VirtualMachineObject(VmInstance vm, Action<VmInstance> released) : VirtualMachineStub
{
    /// <summary>The VM.</summary>
    public VmInstance Vm => vm;

    /// <inheritdoc/>
    public override int GetCid() => (int)vm.Cid;

    /// <inheritdoc/>
    public override VirtualMachineState GetState() => vm.State;

    /// <inheritdoc/>
    public override void RegisterCallback(IVirtualMachineCallback callback) => vm.AddCallback(callback);

    /// <inheritdoc/>
    public override void Start() => Answer.To(vm.Start);

    /// <inheritdoc/>
    public override void Stop() => Answer.To(vm.Stop);

    /// <inheritdoc/>
    public override long GetMemoryBalloon() => Answer.To(vm.GetMemoryBalloon);

    /// <inheritdoc/>
    public override void SetMemoryBalloon(long numBytes) => Answer.To(() => vm.SetMemoryBalloon(numBytes));

    /// <inheritdoc/>
    public override FileDescriptor ConnectVsock(int port) => Answer.To(() => vm.ConnectVsock(unchecked((uint)port)));

    /// <inheritdoc/>
    public override void SetHostConsoleName(string pathname) => Answer.To(() => vm.SetHostConsoleName(pathname));

    /// <inheritdoc/>
    public override void Suspend() => Answer.To(vm.Suspend);

    /// <inheritdoc/>
    public override void Resume() => Answer.To(vm.Resume);

    /// <inheritdoc/>
    protected override void OnZeroReferences()
    {
        // Not on Binder's thread: the end waits for the VMM and for callbacks, which may need that thread.
        ThreadPool.QueueUserWorkItem(_ =>
        {
            vm.Dispose();
            released(vm);
        });
    }
}
