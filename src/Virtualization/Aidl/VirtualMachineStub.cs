using System.Diagnostics.CodeAnalysis;
using Kvm.Interop.Files;
using Virtualization.Binder;

namespace Virtualization.Aidl;

/// <summary>The server side of <see cref="IVirtualMachine"/>.</summary>
[SuppressMessage("Naming", "CA1716", Justification = "Stop and Resume are AIDL's words; no language that reserves them implements this.")]
public abstract class VirtualMachineStub : BinderObject, IVirtualMachine
{
    /// <summary>Makes the object.</summary>
    protected VirtualMachineStub()
        : base(IVirtualMachine.Descriptor)
    {
    }

    /// <inheritdoc/>
    public abstract int GetCid();

    /// <inheritdoc/>
    public abstract VirtualMachineState GetState();

    /// <inheritdoc/>
    public abstract void RegisterCallback(IVirtualMachineCallback callback);

    /// <inheritdoc/>
    public abstract void Start();

    /// <inheritdoc/>
    public abstract void Stop();

    /// <inheritdoc/>
    public abstract long GetMemoryBalloon();

    /// <inheritdoc/>
    public abstract void SetMemoryBalloon(long numBytes);

    /// <summary>Opens a vsock connection to a port of the guest; what is returned is closed once it has been sent.</summary>
    public abstract FileDescriptor ConnectVsock(int port);

    /// <inheritdoc/>
    public abstract void SetHostConsoleName(string pathname);

    /// <inheritdoc/>
    public abstract void Suspend();

    /// <inheritdoc/>
    public abstract void Resume();

    /// <inheritdoc/>
    protected sealed override void OnTransact(uint code, Parcel data, Parcel reply, in CallContext context)
    {
        data.EnforceInterface(IVirtualMachine.Descriptor);
        switch (code)
        {
            case IVirtualMachine.GetCidTransaction:
                int cid = GetCid();
                reply.WriteStatusOk();
                reply.WriteInt32(cid);
                break;
            case IVirtualMachine.GetStateTransaction:
                VirtualMachineState state = GetState();
                reply.WriteStatusOk();
                reply.WriteInt32((int)state);
                break;
            case IVirtualMachine.RegisterCallbackTransaction:
                RegisterCallback(new VirtualMachineCallbackProxy(data.ReadRequiredBinder()));
                reply.WriteStatusOk();
                break;
            case IVirtualMachine.StartTransaction:
                Start();
                reply.WriteStatusOk();
                break;
            case IVirtualMachine.StopTransaction:
                Stop();
                reply.WriteStatusOk();
                break;
            case IVirtualMachine.GetMemoryBalloonTransaction:
                long bytes = GetMemoryBalloon();
                reply.WriteStatusOk();
                reply.WriteInt64(bytes);
                break;
            case IVirtualMachine.SetMemoryBalloonTransaction:
                SetMemoryBalloon(data.ReadInt64());
                reply.WriteStatusOk();
                break;
            case IVirtualMachine.ConnectVsockTransaction:
                // The parcel keeps a duplicate, so the connection may be closed here.
                using (FileDescriptor connection = ConnectVsock(data.ReadInt32()))
                {
                    reply.WriteStatusOk();
                    reply.WriteParcelFileDescriptor(connection);
                }

                break;
            case IVirtualMachine.SetHostConsoleNameTransaction:
                SetHostConsoleName(data.ReadRequiredString());
                reply.WriteStatusOk();
                break;
            case IVirtualMachine.SuspendTransaction:
                Suspend();
                reply.WriteStatusOk();
                break;
            case IVirtualMachine.ResumeTransaction:
                Resume();
                reply.WriteStatusOk();
                break;
            default:
                throw new BinderException(StatusCode.UnknownTransaction);
        }
    }
}
