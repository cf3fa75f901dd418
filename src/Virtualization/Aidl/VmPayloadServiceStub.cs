using Virtualization.Binder;

namespace Virtualization.Aidl;

/// <summary>The server side of <see cref="IVmPayloadService"/>.</summary>
public abstract class VmPayloadServiceStub : BinderObject, IVmPayloadService
{
    /// <summary>Makes the object.</summary>
    protected VmPayloadServiceStub()
        : base(IVmPayloadService.Descriptor)
    {
    }

    /// <inheritdoc/>
    public abstract void NotifyPayloadReady();

    /// <summary>A secret that only this instance has; what is returned is wiped once it is in the reply.</summary>
    public abstract byte[] GetVmInstanceSecret(byte[] identifier, int size);

    /// <inheritdoc/>
    public abstract byte[] GetDiceAttestationChain();

    /// <inheritdoc/>
    public abstract byte[] GetDiceAttestationCdi();

    /// <inheritdoc/>
    public abstract AttestationResult RequestAttestation(byte[] challenge, bool testMode);

    /// <inheritdoc/>
    public abstract IBinder? GetAccessorBinder(string service);

    /// <inheritdoc/>
    public abstract IReadOnlyList<string> GetSupportedServices();

    /// <inheritdoc/>
    public abstract void WritePayloadRpData(byte[] data);

    /// <inheritdoc/>
    public abstract byte[]? ReadPayloadRpData();

    /// <inheritdoc/>
    public abstract bool IsNewInstance();

    /// <inheritdoc/>
    protected sealed override void OnTransact(uint code, Parcel data, Parcel reply, in CallContext context)
    {
        data.EnforceInterface(IVmPayloadService.Descriptor);
        switch (code)
        {
            case IVmPayloadService.NotifyPayloadReadyTransaction:
                NotifyPayloadReady();
                reply.WriteStatusOk();
                break;
            case IVmPayloadService.GetVmInstanceSecretTransaction:
                AnswerSecret(reply, GetVmInstanceSecret(data.ReadByteArray(), data.ReadInt32()));
                break;
            case IVmPayloadService.GetDiceAttestationChainTransaction:
                byte[] chain = GetDiceAttestationChain();
                reply.WriteStatusOk();
                reply.WriteByteArray(chain);
                break;
            case IVmPayloadService.GetDiceAttestationCdiTransaction:
                AnswerSecret(reply, GetDiceAttestationCdi());
                break;
            case IVmPayloadService.RequestAttestationTransaction:
                AttestationResult result = RequestAttestation(data.ReadByteArray(), data.ReadBoolean());
                reply.WriteStatusOk();
                reply.WriteParcelable(result);
                break;
            case IVmPayloadService.GetAccessorBinderTransaction:
                IBinder? accessor = GetAccessorBinder(data.ReadRequiredString());
                reply.WriteStatusOk();
                reply.WriteStrongBinder(accessor);
                break;
            case IVmPayloadService.GetSupportedServicesTransaction:
                IReadOnlyList<string> services = GetSupportedServices();
                reply.WriteStatusOk();
                reply.WriteStringList(services);
                break;
            case IVmPayloadService.WritePayloadRpDataTransaction:
                WritePayloadRpData(ReadRpData(data));
                reply.WriteStatusOk();
                break;
            case IVmPayloadService.ReadPayloadRpDataTransaction:
                byte[]? kept = ReadPayloadRpData();
                reply.WriteStatusOk();
                reply.WriteNullableByteArray(kept);
                break;
            case IVmPayloadService.IsNewInstanceTransaction:
                bool isNew = IsNewInstance();
                reply.WriteStatusOk();
                reply.WriteBoolean(isNew);
                break;
            default:
                throw new BinderException(StatusCode.UnknownTransaction);
        }
    }

    private static byte[] ReadRpData(Parcel data)
    {
        byte[] secret = new byte[IVmPayloadService.RpDataLength];
        data.ReadFixedByteArray(secret);
        return secret;
    }

    private static void AnswerSecret(Parcel reply, byte[] secret)
    {
        reply.WriteStatusOk();
        reply.WriteByteArray(secret);
        System.Security.Cryptography.CryptographicOperations.ZeroMemory(secret);
    }
}
