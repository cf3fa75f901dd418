using Virtualization.Aidl;
using Virtualization.Binder;

namespace Virtualization.Payload;

/// <summary>What a payload that is a .NET program asks of its guest: the calls of AVF's vm_payload.h.</summary>
/// <remarks>All members can be called from any thread. A failed call throws <see cref="BinderException"/>, or what connecting throws.</remarks>
public static class VmPayload
{
    private const string ServiceDirectory = "/run";
    private const int MaxSecretLength = 32;

    private static readonly Lazy<VmPayloadServiceProxy> s_service = new(Connect);
    private static readonly Lock s_readyLock = new();
    private static bool s_ready;

    /// <summary>Where the APK's content is (AVmPayload_getApkContentsPath).</summary>
    public static string ApkContentsPath => IVmPayloadService.VmApkContentsPath;

    /// <summary>Where the encrypted storage is mounted, or null when the VM has none (AVmPayload_getEncryptedStoragePath).</summary>
    public static string? EncryptedStoragePath =>
        File.ReadLines("/proc/self/mounts").Any(line => line.Split(' ') is [_, IVmPayloadService.EncryptedstoreMountpoint, ..])
            ? IVmPayloadService.EncryptedstoreMountpoint
            : null;

    /// <summary>Whether this is the first boot of the instance (AVmPayload_isNewInstance).</summary>
    public static bool IsNewInstance => s_service.Value.IsNewInstance();

    /// <summary>Tells the host that the payload is ready; only the first call has an effect (AVmPayload_notifyPayloadReady).</summary>
    public static void NotifyPayloadReady()
    {
        lock (s_readyLock)
        {
            if (!s_ready)
            {
                s_service.Value.NotifyPayloadReady();
                s_ready = true;
            }
        }
    }

    /// <summary>A secret that only this instance has (AVmPayload_getVmInstanceSecret). The caller wipes it.</summary>
    /// <param name="identifier">Which of its secrets.</param>
    /// <param name="size">Its length in bytes, 32 at most.</param>
    public static byte[] GetVmInstanceSecret(byte[] identifier, int size = MaxSecretLength)
    {
        ArgumentNullException.ThrowIfNull(identifier);
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, MaxSecretLength);
        return s_service.Value.GetVmInstanceSecret(identifier, size);
    }

    /// <summary>Serves an object to the host, and to nobody else, on a vsock port until the process ends (AVmPayload_runVsockRpcServer).</summary>
    /// <param name="service">What a client's session begins with.</param>
    /// <param name="port">1024 or more.</param>
    /// <param name="onReady">Called once the socket listens; <see cref="NotifyPayloadReady"/> goes well here.</param>
    /// <param name="maxThreads">Connections of a session, each with a thread.</param>
    public static void RunVsockRpcServer(IBinder service, uint port, Action? onReady = null, int maxThreads = 8)
    {
        const uint hostCid = 2;
        using RpcServer server = new(new RpcServerOptions { Root = _ => service, MaxThreads = maxThreads, Accept = peer => peer.PeerCid == hostCid });
        server.Serve(RpcListener.ListenVsock(port));
        onReady?.Invoke();
        Thread.Sleep(Timeout.Infinite);
    }

    private static VmPayloadServiceProxy Connect()
    {
        RpcSession session = RpcSession.ConnectUnix(Path.Combine(ServiceDirectory, IVmPayloadService.VmPayloadServiceSocketName));
        return new VmPayloadServiceProxy(session.Root ?? throw new BinderException(StatusCode.DeadObject, "the manager's service has no object"));
    }
}
