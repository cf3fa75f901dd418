using Virtualization.Binder;

namespace Virtualization.Aidl;

/// <summary>The server side of <see cref="IVirtualizationServiceInternal"/>.</summary>
/// <remarks>Who calls matters here, so the methods get the <see cref="CallContext"/>; the interface itself is for the client's side.</remarks>
public abstract class VirtualizationServiceInternalStub : BinderObject
{
    /// <summary>Makes the object.</summary>
    protected VirtualizationServiceInternalStub()
        : base(IVirtualizationServiceInternal.Descriptor)
    {
    }

    /// <inheritdoc cref="IVirtualizationServiceInternal.RemoveMemlockRlimit"/>
    protected abstract void RemoveMemlockRlimit(int pid, in CallContext caller);

    /// <inheritdoc cref="IVirtualizationServiceInternal.AllocateGlobalVmContext"/>
    protected abstract IGlobalVmContext AllocateGlobalVmContext(int requesterDebugPid, int memoryMib, in CallContext caller);

    /// <inheritdoc cref="IVirtualizationServiceInternal.DebugListVms"/>
    protected abstract IReadOnlyList<VirtualMachineDebugInfo> DebugListVms(in CallContext caller);

    /// <inheritdoc cref="IVirtualizationServiceInternal.GetLimits"/>
    protected abstract UserLimits GetLimits(in CallContext caller);

    /// <inheritdoc/>
    protected sealed override void OnTransact(uint code, Parcel data, Parcel reply, in CallContext context)
    {
        data.EnforceInterface(IVirtualizationServiceInternal.Descriptor);
        switch (code)
        {
            case IVirtualizationServiceInternal.RemoveMemlockRlimitTransaction:
                RemoveMemlockRlimit(data.ReadInt32(), context);
                reply.WriteStatusOk();
                break;
            case IVirtualizationServiceInternal.AllocateGlobalVmContextTransaction:
                IGlobalVmContext vm = AllocateGlobalVmContext(data.ReadInt32(), data.ReadInt32(), context);
                reply.WriteStatusOk();
                reply.WriteStrongBinder(AidlProxy.BinderOf(vm));
                break;
            case IVirtualizationServiceInternal.DebugListVmsTransaction:
                IReadOnlyList<VirtualMachineDebugInfo> vms = DebugListVms(context);
                reply.WriteStatusOk();
                reply.WriteParcelableList(vms);
                break;
            case IVirtualizationServiceInternal.GetLimitsTransaction:
                UserLimits limits = GetLimits(context);
                reply.WriteStatusOk();
                reply.WriteParcelable(limits);
                break;
            default:
                throw new BinderException(StatusCode.UnknownTransaction);
        }
    }
}
