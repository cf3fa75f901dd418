using Virtualization.Binder;

namespace Virtualization.Aidl;

/// <summary>The client side of <see cref="IVmPayloadService"/>, for a payload.</summary>
/// <param name="remote">The object that is called.</param>
public sealed class VmPayloadServiceProxy(IBinder remote) : AidlProxy(remote, IVmPayloadService.Descriptor), IVmPayloadService
{
    /// <inheritdoc/>
    public void NotifyPayloadReady() => Call(IVmPayloadService.NotifyPayloadReadyTransaction);

    /// <inheritdoc/>
    public byte[] GetVmInstanceSecret(byte[] identifier, int size)
    {
        Parcel data = Request();
        data.WriteByteArray(identifier);
        data.WriteInt32(size);
        return Call(IVmPayloadService.GetVmInstanceSecretTransaction, data, static reply => reply.ReadByteArray());
    }

    /// <inheritdoc/>
    public byte[] GetDiceAttestationChain() => Call(IVmPayloadService.GetDiceAttestationChainTransaction, static reply => reply.ReadByteArray());

    /// <inheritdoc/>
    public byte[] GetDiceAttestationCdi() => Call(IVmPayloadService.GetDiceAttestationCdiTransaction, static reply => reply.ReadByteArray());

    /// <inheritdoc/>
    public AttestationResult RequestAttestation(byte[] challenge, bool testMode)
    {
        Parcel data = Request();
        data.WriteByteArray(challenge);
        data.WriteBoolean(testMode);
        return Call(IVmPayloadService.RequestAttestationTransaction, data, static reply => reply.ReadRequiredParcelable<AttestationResult>());
    }

    /// <inheritdoc/>
    public IBinder? GetAccessorBinder(string service)
    {
        Parcel data = Request();
        data.WriteString(service);
        return Call(IVmPayloadService.GetAccessorBinderTransaction, data, static reply => reply.ReadStrongBinder());
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> GetSupportedServices() => Call(IVmPayloadService.GetSupportedServicesTransaction, static reply => reply.ReadStringList());

    /// <inheritdoc/>
    public void WritePayloadRpData(byte[] data)
    {
        Parcel request = Request();
        request.WriteByteArray(data);
        Call(IVmPayloadService.WritePayloadRpDataTransaction, request);
    }

    /// <inheritdoc/>
    public byte[]? ReadPayloadRpData() => Call(IVmPayloadService.ReadPayloadRpDataTransaction, static reply => reply.ReadNullableByteArray());

    /// <inheritdoc/>
    public bool IsNewInstance() => Call(IVmPayloadService.IsNewInstanceTransaction, static reply => reply.ReadBoolean());
}
