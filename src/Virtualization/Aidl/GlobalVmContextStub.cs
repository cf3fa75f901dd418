using Virtualization.Binder;

namespace Virtualization.Aidl;

/// <summary>The server side of <see cref="IGlobalVmContext"/>.</summary>
public abstract class GlobalVmContextStub : BinderObject, IGlobalVmContext
{
    /// <summary>Makes the object.</summary>
    protected GlobalVmContextStub()
        : base(IGlobalVmContext.Descriptor)
    {
    }

    /// <inheritdoc/>
    public abstract int GetCid();

    /// <inheritdoc/>
    public abstract string GetTemporaryDirectory();

    /// <inheritdoc/>
    public abstract void SetHostConsoleName(string pathname);

    /// <inheritdoc/>
    protected sealed override void OnTransact(uint code, Parcel data, Parcel reply, in CallContext context)
    {
        data.EnforceInterface(IGlobalVmContext.Descriptor);
        switch (code)
        {
            case IGlobalVmContext.GetCidTransaction:
                int cid = GetCid();
                reply.WriteStatusOk();
                reply.WriteInt32(cid);
                break;
            case IGlobalVmContext.GetTemporaryDirectoryTransaction:
                string directory = GetTemporaryDirectory();
                reply.WriteStatusOk();
                reply.WriteString(directory);
                break;
            case IGlobalVmContext.SetHostConsoleNameTransaction:
                SetHostConsoleName(data.ReadRequiredString());
                reply.WriteStatusOk();
                break;
            default:
                throw new BinderException(StatusCode.UnknownTransaction);
        }
    }
}
