using Virtualization.Binder;
using Virtualization.Payload;

namespace DotnetPayload;

/// <summary>The first three methods of the interface that ../c-payload/README.md describes.</summary>
internal sealed class PayloadService() : BinderObject(Descriptor)
{
    internal const string Descriptor = "vmm.samples.IPayload";

    protected override void OnTransact(uint code, Parcel data, Parcel reply, in CallContext context)
    {
        data.EnforceInterface(Descriptor);
        switch (code)
        {
            case 1:
                byte[] bytes = data.ReadByteArray();
                reply.WriteStatusOk();
                reply.WriteByteArray(bytes);
                break;
            case 2:
                int sum = data.ReadInt32() + data.ReadInt32();
                reply.WriteStatusOk();
                reply.WriteInt32(sum);
                break;
            case 3:
                byte[] secret = VmPayload.GetVmInstanceSecret(data.ReadByteArray());
                reply.WriteStatusOk();
                reply.WriteByteArray(secret);
                break;
            default:
                throw new BinderException(StatusCode.UnknownTransaction);
        }
    }
}
