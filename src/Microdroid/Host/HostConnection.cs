using Kvm.Interop;
using Kvm.Interop.Sockets;
using Virtualization.Aidl;
using Virtualization.Binder;

namespace Microdroid.Host;

/// <summary>Binder RPC over vsock to the host: its service for this guest is on the port that is the guest's own CID.</summary>
internal sealed class HostConnection : IHostConnection
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(100);

    private RpcSession? _session;

    /// <inheritdoc/>
    public IVirtualMachineService Connect()
    {
        uint port = VsockAddress.LocalCid();
        long deadline = Environment.TickCount64 + (long)s_patience.TotalMilliseconds;
        while (true)
        {
            try
            {
                _session = RpcSession.ConnectVsock(VsockAddress.HostCid, port, new RpcSessionOptions { MaxOutgoing = 2, ConnectTimeout = s_patience });
                IBinder root = _session.Root ?? throw new InvalidDataException($"the host's service on vsock port {port} has no object");
                return new VirtualMachineServiceProxy(root);
            }
            catch (Exception e) when (e is LinuxException or TimeoutException && Environment.TickCount64 < deadline)
            {
                Thread.Sleep(s_pause); // The host's service may come up after the VM.
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _session?.Dispose();
}
