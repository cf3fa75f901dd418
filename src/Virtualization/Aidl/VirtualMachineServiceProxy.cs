using Virtualization.Binder;

namespace Virtualization.Aidl;

/// <summary>The client side of <see cref="IVirtualMachineService"/>, which is in the guest.</summary>
/// <param name="remote">The object that is called.</param>
public sealed class VirtualMachineServiceProxy(IBinder remote) : AidlProxy(remote, IVirtualMachineService.Descriptor), IVirtualMachineService
{
    /// <inheritdoc/>
    public void NotifyPayloadStarted() => Call(IVirtualMachineService.NotifyPayloadStartedTransaction);

    /// <inheritdoc/>
    public void NotifyPayloadReady() => Call(IVirtualMachineService.NotifyPayloadReadyTransaction);

    /// <inheritdoc/>
    public void NotifyPayloadFinished(int exitCode)
    {
        Parcel data = Request();
        data.WriteInt32(exitCode);
        Call(IVirtualMachineService.NotifyPayloadFinishedTransaction, data);
    }

    /// <inheritdoc/>
    public void NotifyError(ErrorCode errorCode, string message)
    {
        Parcel data = Request();
        data.WriteInt32((int)errorCode);
        data.WriteString(message);
        Call(IVirtualMachineService.NotifyErrorTransaction, data);
    }

    /// <inheritdoc/>
    public IReadOnlyList<Certificate> RequestAttestation(byte[] csr, bool testMode)
    {
        Parcel data = Request();
        data.WriteByteArray(csr);
        data.WriteBoolean(testMode);
        return Call(IVirtualMachineService.RequestAttestationTransaction, data, static reply => reply.ReadParcelableList<Certificate>());
    }

    /// <inheritdoc/>
    public IBinder? GetSecretkeeper() => Call(IVirtualMachineService.GetSecretkeeperTransaction, static reply => reply.ReadStrongBinder());
}
