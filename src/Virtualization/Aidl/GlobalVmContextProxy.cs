using Virtualization.Binder;

namespace Virtualization.Aidl;

/// <summary>The client side of <see cref="IGlobalVmContext"/>.</summary>
/// <param name="remote">The object that is called.</param>
public sealed class GlobalVmContextProxy(IBinder remote) : AidlProxy(remote, IGlobalVmContext.Descriptor), IGlobalVmContext
{
    /// <inheritdoc/>
    public int GetCid() => Call(IGlobalVmContext.GetCidTransaction, static reply => reply.ReadInt32());

    /// <inheritdoc/>
    public string GetTemporaryDirectory() => Call(IGlobalVmContext.GetTemporaryDirectoryTransaction, static reply => reply.ReadRequiredString());

    /// <inheritdoc/>
    public void SetHostConsoleName(string pathname)
    {
        Parcel data = Request();
        data.WriteString(pathname);
        Call(IGlobalVmContext.SetHostConsoleNameTransaction, data);
    }
}
