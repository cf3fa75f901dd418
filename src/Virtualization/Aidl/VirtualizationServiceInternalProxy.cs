using Virtualization.Binder;

namespace Virtualization.Aidl;

/// <summary>The client side of <see cref="IVirtualizationServiceInternal"/>.</summary>
/// <param name="remote">The object that is called.</param>
public sealed class VirtualizationServiceInternalProxy(IBinder remote)
    : AidlProxy(remote, IVirtualizationServiceInternal.Descriptor), IVirtualizationServiceInternal
{
    /// <inheritdoc/>
    public void RemoveMemlockRlimit(int pid)
    {
        Parcel data = Request();
        data.WriteInt32(pid);
        Call(IVirtualizationServiceInternal.RemoveMemlockRlimitTransaction, data);
    }

    /// <inheritdoc/>
    public IGlobalVmContext AllocateGlobalVmContext(int requesterDebugPid, int memoryMib)
    {
        Parcel data = Request();
        data.WriteInt32(requesterDebugPid);
        data.WriteInt32(memoryMib);
        return new GlobalVmContextProxy(Call(IVirtualizationServiceInternal.AllocateGlobalVmContextTransaction, data, static reply => reply.ReadRequiredBinder()));
    }

    /// <inheritdoc/>
    public IReadOnlyList<VirtualMachineDebugInfo> DebugListVms() =>
        Call(IVirtualizationServiceInternal.DebugListVmsTransaction, static reply => reply.ReadParcelableList<VirtualMachineDebugInfo>());

    /// <inheritdoc/>
    public UserLimits GetLimits() => Call(IVirtualizationServiceInternal.GetLimitsTransaction, static reply => reply.ReadRequiredParcelable<UserLimits>());
}
