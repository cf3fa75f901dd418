using Kvm.Interop.Files;
using Virtualization.Binder;

namespace Virtualization.Aidl;

/// <summary>The client side of <see cref="IVirtualMachine"/>.</summary>
/// <param name="remote">The object that is called.</param>
public sealed class VirtualMachineProxy(IBinder remote) : AidlProxy(remote, IVirtualMachine.Descriptor), IVirtualMachine
{
    /// <inheritdoc/>
    public int GetCid() => Call(IVirtualMachine.GetCidTransaction, static reply => reply.ReadInt32());

    /// <inheritdoc/>
    public VirtualMachineState GetState() => (VirtualMachineState)Call(IVirtualMachine.GetStateTransaction, static reply => reply.ReadInt32());

    /// <inheritdoc/>
    public void RegisterCallback(IVirtualMachineCallback callback)
    {
        Parcel data = Request();
        data.WriteStrongBinder(BinderOf(callback));
        Call(IVirtualMachine.RegisterCallbackTransaction, data);
    }

    /// <inheritdoc/>
    public void Start() => Call(IVirtualMachine.StartTransaction);

    /// <inheritdoc/>
    public void Stop() => Call(IVirtualMachine.StopTransaction);

    /// <inheritdoc/>
    public long GetMemoryBalloon() => Call(IVirtualMachine.GetMemoryBalloonTransaction, static reply => reply.ReadInt64());

    /// <inheritdoc/>
    public void SetMemoryBalloon(long numBytes)
    {
        Parcel data = Request();
        data.WriteInt64(numBytes);
        Call(IVirtualMachine.SetMemoryBalloonTransaction, data);
    }

    /// <inheritdoc/>
    public FileDescriptor ConnectVsock(int port)
    {
        Parcel data = Request();
        data.WriteInt32(port);
        return Call(IVirtualMachine.ConnectVsockTransaction, data, static reply => reply.ReadRequiredDescriptor());
    }

    /// <inheritdoc/>
    public void SetHostConsoleName(string pathname)
    {
        Parcel data = Request();
        data.WriteString(pathname);
        Call(IVirtualMachine.SetHostConsoleNameTransaction, data);
    }

    /// <inheritdoc/>
    public void Suspend() => Call(IVirtualMachine.SuspendTransaction);

    /// <inheritdoc/>
    public void Resume() => Call(IVirtualMachine.ResumeTransaction);
}
