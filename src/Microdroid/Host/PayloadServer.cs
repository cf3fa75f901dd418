using Kvm.Interop.Files;
using Microdroid.Payload;
using Virtualization.Aidl;
using Virtualization.Binder;

namespace Microdroid.Host;

/// <summary>IVmPayloadService on a Unix socket, for the payload's user alone.</summary>
/// <param name="path">The socket.</param>
/// <param name="user">The user who may connect.</param>
internal sealed class PayloadServer(string path = PayloadServer.DefaultPath, uint user = PayloadUser.Uid) : IPayloadServer
{
    /// <summary>The socket's path.</summary>
    public const string DefaultPath = "/run/" + IVmPayloadService.VmPayloadServiceSocketName;

    private const int Threads = 4;

    private RpcServer? _server;
    private RpcListener? _listener;

    /// <inheritdoc/>
    public void Start(VmPayloadServiceStub service)
    {
        File.Delete(path);
        _listener = RpcListener.ListenUnix(path);
        // The mode keeps others from connecting; the kernel's word of who has (SO_PEERCRED) decides once more.
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        if (Environment.IsPrivilegedProcess)
        {
            FileOwner.Change(path, user, user);
        }

        _server = new RpcServer(new RpcServerOptions { Root = _ => service, MaxThreads = Threads, Accept = context => context.PeerUid == user });
        _server.Serve(_listener);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _server?.Dispose();
        _listener?.Dispose();
        File.Delete(path);
    }
}
